using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>Settings "Log:*".</summary>
public sealed class LogOptions
{
    /// <summary>The least important messages that are written: trace, debug, information, warning, error, critical, none.</summary>
    public LogLevel Level { get; set; } = LogLevel.Information;
}
