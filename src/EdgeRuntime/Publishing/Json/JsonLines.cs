using System.Buffers;
using System.Text.Json;

namespace EdgeCnn.EdgeRuntime.Publishing.Json;

/// <summary>Writes reports as JSON, one object to a line.</summary>
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
        if (report.Camera is { } camera) _json.WriteString("camera"u8, camera);
        _json.WriteNumber("frame"u8, report.Frame);
        _json.WriteString("captured"u8, now - age);
        ReportJson.WriteRounded(_json, "age_ms"u8, age.TotalMilliseconds);
        _json.WriteString("state"u8, Name(state));
        _json.WriteNumber("width"u8, report.Width);
        _json.WriteNumber("height"u8, report.Height);
        ReportJson.WriteFindings(_json, report);
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        return _line.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();

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
