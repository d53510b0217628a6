namespace EdgeCnn.Training;

/// <summary>A training run that cannot begin or go on; the message is one sentence for the user: what, where, what to do.</summary>
public class TrainingException : Exception
{
    public TrainingException(string message) : base(message) { }

    public TrainingException(string message, Exception inner) : base(message, inner) { }
}
