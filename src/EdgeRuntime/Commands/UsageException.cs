namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>The command line or the configuration asks for something that cannot be; the program ends with exit code 2.</summary>
internal sealed class UsageException(string message) : EdgeException(message);
