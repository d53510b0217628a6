using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>The first line of metadata.jsonl.</summary>
/// <param name="Recording">The format's version: 1.</param>
/// <param name="Started">Wall-clock time of the recording's first moment.</param>
/// <param name="Camera">What was looked at.</param>
/// <param name="Labels">The model's class names by class id.</param>
/// <param name="Settings">Model, Inference, Tracking, Target and Aim at the beginning: a configuration that replays it.</param>
internal sealed record RecordingHeader(
    int Recording, DateTimeOffset Started, string? Camera, IReadOnlyList<string>? Labels, JsonElement Settings)
{
    public const int Version = 1;

    /// <summary>The settings as the text of a configuration file.</summary>
    public byte[] SettingsText() =>
        Settings.ValueKind == JsonValueKind.Object ? Encoding.UTF8.GetBytes(Settings.GetRawText()) : [.. "{}"u8];
}

/// <summary>A line of metadata.jsonl: one picture, and what was made of it.</summary>
/// <param name="Frame">Number of the frame, counted by the camera.</param>
/// <param name="File">The picture's name in the same folder.</param>
/// <param name="Bytes">The picture's length.</param>
/// <param name="Crc32">CRC-32 (ISO-HDLC, as zlib's) of the picture, eight hexadecimal digits.</param>
/// <param name="AtUs">Microseconds from the recording's first moment to the capture, by a clock that never jumps.</param>
/// <param name="Captured">Wall-clock time of the capture.</param>
/// <param name="Width">Columns in pixels.</param>
/// <param name="Height">Rows in pixels.</param>
/// <param name="Detections">Boxes as the detector gave them; null for classifiers.</param>
/// <param name="Tracks">Objects followed.</param>
/// <param name="Target">What was aimed at.</param>
internal sealed record RecordedFrame(
    long Frame,
    string? File,
    long Bytes,
    string? Crc32,
    long AtUs,
    DateTimeOffset Captured,
    int Width,
    int Height,
    IReadOnlyList<RecordedObject>? Detections,
    IReadOnlyList<RecordedObject>? Tracks,
    RecordedObject? Target);

/// <param name="Track">Number of the track; null for detections.</param>
/// <param name="Class">The class's name, where it has one.</param>
/// <param name="ClassId">Its index in the model's outputs.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Box">x and y of the top-left corner, width, height in pixels.</param>
internal sealed record RecordedObject(int? Track, string? Class, int ClassId, double Confidence, IReadOnlyList<double>? Box)
{
    public string Name => Class ?? FormattableString.Invariant($"class_{ClassId}");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RecordingHeader))]
[JsonSerializable(typeof(RecordedFrame))]
internal sealed partial class RecordingJson : JsonSerializerContext;
