namespace EdgeCnn.EdgeRuntime;

/// <summary>
/// Something outside the program is not as it has to be (a file, a device, a port, a setting); the message is one sentence: what, where,
/// what to do.
/// </summary>
public class EdgeException : Exception
{
    public EdgeException(string message) : base(message) { }

    public EdgeException(string message, Exception inner) : base(message, inner) { }
}
