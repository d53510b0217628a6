using System.Buffers;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Publishing.Json;

/// <summary>
/// Writes reports as JSON, one object to a line; boxes are x and y of the top-left corner, width and height, in pixels of the original image.
/// </summary>
internal sealed class JsonLines : IDisposable
{
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly Utf8JsonWriter _json;

    public JsonLines() => _json = new Utf8JsonWriter(_line);

    /// <summary>The line of a report with its line feed; good until the next call.</summary>
    public ReadOnlySpan<byte> Line(Report report, SystemState state, DateTimeOffset now, TimeSpan age)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("frame"u8, report.Frame);
        _json.WriteString("captured"u8, now - age);
        WriteRounded("age_ms"u8, age.TotalMilliseconds);
        _json.WriteString("state"u8, Name(state));
        _json.WriteNumber("width"u8, report.Width);
        _json.WriteNumber("height"u8, report.Height);
        if (report.IsClassification)
            WriteClasses(report);
        else
            WriteObjects(report);
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        return _line.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

    private void WriteObjects(Report report)
    {
        _json.WriteStartArray("detections"u8);
        foreach (Detection detection in report.Detections)
        {
            _json.WriteStartObject();
            WriteClass(report, detection.ClassId, detection.Confidence);
            WriteBox(detection.Box);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        _json.WriteStartArray("tracks"u8);
        foreach (Track track in report.Tracks)
        {
            _json.WriteStartObject();
            WriteTrack(report, track);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        WriteTarget(report);
    }

    private void WriteTarget(Report report)
    {
        if (report.Target is not { } target)
        {
            _json.WriteNull("target"u8);
            return;
        }
        _json.WriteStartObject("target"u8);
        WriteTrack(report, target.Track);
        WriteRounded("yaw_degrees"u8, target.YawDegrees);
        WriteRounded("pitch_degrees"u8, target.PitchDegrees);
        if (target.DistanceMillimetres > 0)
            WriteRounded("distance_mm"u8, target.DistanceMillimetres);
        _json.WriteBoolean("lens_calibrated"u8, target.LensCalibrated);
        _json.WriteEndObject();
    }

    private void WriteClasses(Report report)
    {
        _json.WriteStartArray("classes"u8);
        foreach (ClassScore score in report.Classes)
        {
            _json.WriteStartObject();
            WriteClass(report, score.ClassId, score.Confidence);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    private void WriteTrack(Report report, in Track track)
    {
        _json.WriteNumber("track"u8, track.Id);
        WriteClass(report, track.ClassId, track.Confidence);
        WriteBox(track.Box);
        _json.WriteBoolean("predicted"u8, track.Predicted);
    }

    private void WriteClass(Report report, int classId, float confidence)
    {
        if (classId >= 0 && classId < report.Labels.Count)
            _json.WriteString("class"u8, report.Labels[classId]);
        _json.WriteNumber("class_id"u8, classId);
        WriteRounded("confidence"u8, confidence, decimals: 4);
    }

    private void WriteBox(Box box)
    {
        _json.WriteStartArray("box"u8);
        _json.WriteNumberValue(Rounded(box.X, 2));
        _json.WriteNumberValue(Rounded(box.Y, 2));
        _json.WriteNumberValue(Rounded(box.Width, 2));
        _json.WriteNumberValue(Rounded(box.Height, 2));
        _json.WriteEndArray();
    }

    private void WriteRounded(ReadOnlySpan<byte> name, double value, int decimals = 2) => _json.WriteNumber(name, Rounded(value, decimals));

    // JSON has no number for what is not finite.
    private static double Rounded(double value, int decimals) => double.IsFinite(value) ? Math.Round(value, decimals) : 0;

    private static ReadOnlySpan<byte> Name(SystemState state) => state switch
    {
        SystemState.Starting => "starting"u8,
        SystemState.WarmingUp => "warming_up"u8,
        SystemState.Running => "running"u8,
        SystemState.Paused => "paused"u8,
        SystemState.Stale => "stale"u8,
        SystemState.CameraLost => "camera_lost"u8,
        SystemState.Degraded => "degraded"u8,
        _ => "fault"u8,
    };
}
