namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Settings "Debug:*".</summary>
public sealed class DebugOptions
{
    /// <summary>Address of the debugging page, for instance http://127.0.0.1:8080. This version has no page yet and says so when an address is given.</summary>
    public string? Url { get; set; }
}
