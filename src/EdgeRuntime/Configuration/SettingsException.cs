namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>A setting that cannot be used: the message names it, says where it was given, and what is accepted.</summary>
public sealed class SettingsException(string message) : EdgeException(message);
