namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>A port or another way out cannot be used as configured; the message is one sentence: what, where, what to do.</summary>
public sealed class LinkException : EdgeException
{
    public LinkException(string message) : base(message) { }

    public LinkException(string message, Exception inner) : base(message, inner) { }
}
