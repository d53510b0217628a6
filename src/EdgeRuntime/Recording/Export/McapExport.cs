using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EdgeCnn.EdgeRuntime.Recording.Export;

/// <summary>
/// A recording as an MCAP file that Foxglove opens: the pictures (foxglove.CompressedImage) on /camera, and boxes with their names
/// (foxglove.ImageAnnotations) on /camera/annotations, both as JSON, which those who view them need no definitions for.
/// </summary>
internal static class McapExport
{
    private const int LineLoop = 2;

    private static readonly (double Red, double Green, double Blue) Amber = (1, 0.75, 0), Green = (0.2, 0.9,
        0.3), White = (1, 1, 1), Black = (0, 0, 0);

    /// <summary>Writes all frames that are left; gives how many there were.</summary>
    public static long Write(RecordingReader recording, Stream output)
    {
        McapWriter mcap = new(output);
        ushort pictures = mcap.AddChannel(mcap.AddSchema("foxglove.CompressedImage", "jsonschema", PictureSchema), "/camera", "json");
        ushort boxes = mcap.AddChannel(
            mcap.AddSchema("foxglove.ImageAnnotations", "jsonschema", AnnotationsSchema), "/camera/annotations", "json");
        ArrayBufferWriter<byte> message = new();
        using Utf8JsonWriter json = new(message);
        long frames = 0;
        while (recording.Next() is var (frame, picture))
        {
            // By the clock that never jumps, counted from the wall clock's time at the beginning.
            ulong time = (ulong)Math.Max(0, (recording.Header.Started - DateTimeOffset.UnixEpoch).Ticks * 100L)
                + ((ulong)frame.AtUs * 1000);
            mcap.AddMessage(pictures, time, Written(() => WritePicture(json, time, picture)));
            mcap.AddMessage(boxes, time, Written(() => WriteAnnotations(json, time, frame)));
            frames++;
        }
        mcap.Finish();
        return frames;

        ReadOnlySpan<byte> Written(Action write)
        {
            message.ResetWrittenCount();
            json.Reset();
            write();
            json.Flush();
            return message.WrittenSpan;
        }
    }

    private static void WritePicture(Utf8JsonWriter json, ulong time, byte[] picture)
    {
        json.WriteStartObject();
        WriteTime(json, time);
        json.WriteString("frame_id", "camera");
        json.WriteBase64String("data", picture);
        json.WriteString("format", "jpeg");
        json.WriteEndObject();
    }

    /// <summary>The target in white, tracks in green, and where there are no tracks the detections in amber.</summary>
    private static void WriteAnnotations(Utf8JsonWriter json, ulong time, RecordedFrame frame)
    {
        IReadOnlyList<RecordedObject> tracks = frame.Tracks ?? [];
        (RecordedObject Thing, (double, double, double) Colour)[] things =
        [
            .. (tracks.Count > 0 ? tracks : frame.Detections ?? []).Select(thing => (thing, tracks.Count > 0 ? Green : Amber)),
            .. frame.Target is { } target ? [(target, White)] : Array.Empty<(RecordedObject, (double, double, double))>(),
        ];
        things = [.. things.Where(thing => thing.Thing.Box is { Count: 4 })];
        json.WriteStartObject();
        json.WriteStartArray("circles");
        json.WriteEndArray();
        json.WriteStartArray("points");
        foreach ((RecordedObject thing, (double, double, double) colour) in things) WriteBox(json, time, thing.Box!, colour);
        json.WriteEndArray();
        json.WriteStartArray("texts");
        foreach ((RecordedObject thing, (double, double, double) colour) in things.Where(thing => thing.Colour != White))
            WriteText(json, time, thing, colour);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBox(Utf8JsonWriter json, ulong time, IReadOnlyList<double> box, (double, double, double) colour)
    {
        json.WriteStartObject();
        WriteTime(json, time);
        json.WriteNumber("type", LineLoop);
        json.WriteStartArray("points");
        WritePoint(json, null, box[0], box[1]);
        WritePoint(json, null, box[0] + box[2], box[1]);
        WritePoint(json, null, box[0] + box[2], box[1] + box[3]);
        WritePoint(json, null, box[0], box[1] + box[3]);
        json.WriteEndArray();
        WriteColour(json, "outline_color", colour, 1);
        json.WriteStartArray("outline_colors");
        json.WriteEndArray();
        WriteColour(json, "fill_color", colour, 0);
        json.WriteNumber("thickness", 2);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, ulong time, RecordedObject thing, (double, double, double) colour)
    {
        string number = thing.Track is { } track ? FormattableString.Invariant($"#{track} ") : "";
        json.WriteStartObject();
        WriteTime(json, time);
        WritePoint(json, "position", thing.Box![0], thing.Box[1]);
        json.WriteString("text", FormattableString.Invariant($"{number}{thing.Name} {thing.Confidence:0.00}"));
        json.WriteNumber("font_size", 14);
        WriteColour(json, "text_color", Black, 1);
        WriteColour(json, "background_color", colour, 1);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, ulong time)
    {
        json.WriteStartObject("timestamp");
        json.WriteNumber("sec", time / 1_000_000_000);
        json.WriteNumber("nsec", time % 1_000_000_000);
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, string? name, double x, double y)
    {
        if (name is null) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteNumber("x", x);
        json.WriteNumber("y", y);
        json.WriteEndObject();
    }

    private static void WriteColour(Utf8JsonWriter json, string name, (double Red, double Green, double Blue) colour, double opacity)
    {
        json.WriteStartObject(name);
        json.WriteNumber("r", colour.Red);
        json.WriteNumber("g", colour.Green);
        json.WriteNumber("b", colour.Blue);
        json.WriteNumber("a", opacity);
        json.WriteEndObject();
    }

    // Viewers know these messages by their names; the schemas say of each field what it is (docs.foxglove.dev, message schemas).
    private const string Number = """{"type":"number"}""", Integer = """{"type":"integer"}""", Text = """{"type":"string"}""";

    private static readonly string Time = Of(("sec", Integer), ("nsec", Integer));

    private static readonly string Point = Of(("x", Number), ("y", Number));

    private static readonly string Colour = Of(("r", Number), ("g", Number), ("b", Number), ("a", Number));

    private static readonly byte[] PictureSchema = Encoding.UTF8.GetBytes(Of(
        ("timestamp", Time), ("frame_id", Text), ("data", """{"type":"string","contentEncoding":"base64"}"""), ("format", Text)));

    private static readonly byte[] AnnotationsSchema = Encoding.UTF8.GetBytes(Of(
        ("circles", ManyOf(
            ("timestamp", Time), ("position", Point), ("diameter", Number), ("thickness", Number), ("fill_color", Colour),
            ("outline_color", Colour))),
        ("points", ManyOf(
            ("timestamp", Time), ("type", Integer), ("points", ManyOf(("x", Number), ("y", Number))), ("outline_color", Colour),
            ("outline_colors", ManyOf(("r", Number), ("g", Number), ("b", Number), ("a", Number))), ("fill_color", Colour),
            ("thickness", Number))),
        ("texts", ManyOf(
            ("timestamp", Time), ("position", Point), ("text", Text), ("font_size", Number), ("text_color", Colour),
            ("background_color", Colour)))));

    private static string Of(params (string Name, string Schema)[] fields) =>
        "{\"type\":\"object\",\"properties\":{" + string.Join(',', fields.Select(field => $"\"{field.Name}\":{field.Schema}")) + "}}";

    private static string ManyOf(params (string Name, string Schema)[] fields) => "{\"type\":\"array\",\"items\":" + Of(fields) + "}";
}
