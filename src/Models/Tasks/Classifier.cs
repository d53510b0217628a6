namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Feeds a classification network and reads it: <see cref="Prepare"/> writes the input, somebody runs the network, <see cref="Decode"/>
/// reads its first output. One thread uses it at a time. In the steady state nothing is allocated.
/// </summary>
public sealed class Classifier
{
    private static readonly Comparison<ClassScore> BestFirst = static (a, b) =>
        a.Confidence != b.Confidence ? b.Confidence.CompareTo(a.Confidence) : a.ClassId.CompareTo(b.ClassId);

    private readonly Preprocessor _preprocessor;
    private readonly float[] _probabilities;
    private readonly List<ClassScore> _scores;

    /// <exception cref="ModelException">The task is no classification.</exception>
    public Classifier(ModelTask task)
    {
        if (task.Kind != TaskKind.Classify) throw new ModelException($"The model is to {task.Verb}, not to classify.");
        _preprocessor = new Preprocessor(task.Preprocessing, task.Input);
        _probabilities = new float[task.Labels.Count];
        _scores = new List<ClassScore>(task.Labels.Count);
        Task = task;
        Confidence = task.Confidence;
    }

    public ModelTask Task { get; }

    /// <summary>Classes less confident than this are left out, 0 to 1; may change between pictures.</summary>
    public float Confidence { get; set; }

    /// <summary>Writes a picture into the network's input.</summary>
    public void Prepare(ImageView image, Span<float> input) => _preprocessor.Run(image, input);

    /// <summary>Reads the most probable classes.</summary>
    /// <param name="outputs">The network's outputs; the first one holds a value per class.</param>
    /// <param name="top">How many at most.</param>
    /// <param name="results">Cleared, then filled, best first; equal probabilities in the order of the class ids.</param>
    public void Decode(OutputReader outputs, int top, List<ClassScore> results)
    {
        results.Clear();
        _scores.Clear();
        ReadOnlySpan<float> values = outputs(0)[.._probabilities.Length];
        Activation activation = Task.Scores ?? (AreProbabilities(values) ? Activation.None : Activation.Softmax);
        switch (activation)
        {
            case Activation.Softmax:
                Scores.Softmax(values, _probabilities);
                break;
            case Activation.Sigmoid:
                for (int i = 0; i < values.Length; i++) _probabilities[i] = Scores.Sigmoid(values[i]);
                break;
            default:
                values.CopyTo(_probabilities);
                break;
        }
        for (int id = 0; id < _probabilities.Length; id++) _scores.Add(new ClassScore(id, _probabilities[id]));
        _scores.Sort(BestFirst);
        for (int i = 0; i < Math.Min(top, _scores.Count); i++)
        {
            if (_scores[i].Confidence >= Confidence) results.Add(_scores[i]);
        }
    }

    private static bool AreProbabilities(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            if (!(value is >= 0 and <= 1)) return false;
            sum += value;
        }
        return Math.Abs(sum - 1) < 1e-3;
    }
}
