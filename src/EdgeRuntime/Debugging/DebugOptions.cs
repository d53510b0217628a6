using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Settings "Debug:*".</summary>
public sealed class DebugOptions : IValidatableObject
{
    /// <summary>
    /// Address of the debugging page, its API and the metrics: http://127.0.0.1:8080 (this machine alone), http://0.0.0.0:8080 (whoever has
    /// the token). Empty: there is none.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>
    /// What a browser or a program has to show; 12 characters at least. Without one, an address that others can reach gets a new one at
    /// each start, which is written to the journal.
    /// </summary>
    [MinLength(12, ErrorMessage = "12 characters at least")]
    public string? Token { get; set; }

    /// <summary>Pictures per second that are encoded, at most, while somebody looks.</summary>
    [Range(0.1, 60, ErrorMessage = "0.1 to 60 pictures per second")]
    public double Fps { get; set; } = 12;

    /// <summary>Wider pictures are made so many pixels wide before they are sent.</summary>
    [Range(64, 4096, ErrorMessage = "64 to 4096 pixels")]
    public int Width { get; set; } = 960;

    /// <summary>Quality of the JPEGs that are sent, 10 to 100.</summary>
    [Range(10, 100, ErrorMessage = "10 to 100")]
    public int Quality { get; set; } = 75;

    /// <summary>Streams (pictures, events) that are served at the same time; who comes later is told to come again.</summary>
    [Range(1, 1000, ErrorMessage = "1 to 1000")]
    public int Viewers { get; set; } = 64;

    /// <summary>
    /// Where metrics are sent to as OpenTelemetry (OTLP over HTTP), for instance http://192.168.1.5:4318. Empty: nowhere.
    /// </summary>
    public string? OtlpEndpoint { get; set; }

    /// <summary>Addresses have to be addresses.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is { Length: > 0 } url && DebugAddress.Parse(url) is null)
            yield return new("http:// with an IP address, localhost or *, and a port, such as http://127.0.0.1:8080", [nameof(Url)]);
        if (OtlpEndpoint is { Length: > 0 } otlp
            && !(Uri.TryCreate(otlp, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            yield return new("an address such as http://192.168.1.5:4318", [nameof(OtlpEndpoint)]);
    }
}
