using System.Text.Json;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Publishing.Json;

/// <summary>
/// What a report found, as members of a JSON object: detections, tracks and target, or a classifier's classes. Boxes are x and y of the
/// top-left corner, width and height, in pixels of the original image. Equal reports give equal bytes.
/// </summary>
internal static class ReportJson
{
    public static void WriteFindings(Utf8JsonWriter json, Report report)
    {
        if (report.IsClassification)
            WriteClasses(json, report);
        else
            WriteObjects(json, report);
    }

    private static void WriteObjects(Utf8JsonWriter json, Report report)
    {
        json.WriteStartArray("detections"u8);
        foreach (Detection detection in report.Detections)
        {
            json.WriteStartObject();
            WriteClass(json, report, detection.ClassId, detection.Confidence);
            WriteBox(json, detection.Box);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("tracks"u8);
        foreach (Track track in report.Tracks)
        {
            json.WriteStartObject();
            WriteTrack(json, report, track);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteTarget(json, report);
    }

    private static void WriteTarget(Utf8JsonWriter json, Report report)
    {
        if (report.Target is not { } target)
        {
            json.WriteNull("target"u8);
            return;
        }
        json.WriteStartObject("target"u8);
        WriteTrack(json, report, target.Track);
        WriteRounded(json, "yaw_degrees"u8, target.YawDegrees);
        WriteRounded(json, "pitch_degrees"u8, target.PitchDegrees);
        if (target.DistanceMillimetres > 0)
            WriteRounded(json, "distance_mm"u8, target.DistanceMillimetres);
        json.WriteBoolean("lens_calibrated"u8, target.LensCalibrated);
        json.WriteEndObject();
    }

    private static void WriteClasses(Utf8JsonWriter json, Report report)
    {
        json.WriteStartArray("classes"u8);
        foreach (ClassScore score in report.Classes)
        {
            json.WriteStartObject();
            WriteClass(json, report, score.ClassId, score.Confidence);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTrack(Utf8JsonWriter json, Report report, in Track track)
    {
        json.WriteNumber("track"u8, track.Id);
        WriteClass(json, report, track.ClassId, track.Confidence);
        WriteBox(json, track.Box);
        json.WriteBoolean("predicted"u8, track.Predicted);
    }

    private static void WriteClass(Utf8JsonWriter json, Report report, int classId, float confidence)
    {
        if (classId >= 0 && classId < report.Labels.Count)
            json.WriteString("class"u8, report.Labels[classId]);
        json.WriteNumber("class_id"u8, classId);
        WriteRounded(json, "confidence"u8, confidence, decimals: 4);
    }

    private static void WriteBox(Utf8JsonWriter json, Box box)
    {
        json.WriteStartArray("box"u8);
        json.WriteNumberValue(Rounded(box.X, 2));
        json.WriteNumberValue(Rounded(box.Y, 2));
        json.WriteNumberValue(Rounded(box.Width, 2));
        json.WriteNumberValue(Rounded(box.Height, 2));
        json.WriteEndArray();
    }

    public static void WriteRounded(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value, int decimals = 2) =>
        json.WriteNumber(name, Rounded(value, decimals));

    // JSON has no number for what is not finite.
    private static double Rounded(double value, int decimals) => double.IsFinite(value) ? Math.Round(value, decimals) : 0;
}
