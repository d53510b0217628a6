using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeCnn.EdgeRuntime.Configuration;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// The settings that a recording carries: those that decide what is seen in a picture, and none that holds a password or a token.
/// </summary>
internal static class ReplaySettings
{
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>As a configuration file would have them.</summary>
    public static JsonElement Of(EdgeOptions options) => JsonSerializer.SerializeToElement(
        new { options.Model, options.Inference, options.Tracking, options.Target, options.Aim }, Json);
}
