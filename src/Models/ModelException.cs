namespace EdgeCnn.Models;

/// <summary>
/// A model, graph, model card or tensor that cannot be used; the message is one sentence for the user: what, where, what to do.
/// </summary>
public class ModelException : Exception
{
    public ModelException(string message) : base(message) { }

    public ModelException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A <see cref="ModelException"/> whose message already names the node.</summary>
internal sealed class NodeException(string message, Exception inner) : ModelException(message, inner);
