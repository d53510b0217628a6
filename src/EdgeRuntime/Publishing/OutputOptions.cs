namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>Settings "Output:*": what is told beside the link.</summary>
public sealed class OutputOptions
{
    /// <summary>One JSON object per frame goes to: - (standard output), a file, or udp://host:port. Null: nowhere.</summary>
    public string? Json { get; set; }
}
