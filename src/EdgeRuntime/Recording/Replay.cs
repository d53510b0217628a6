using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Json;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// Sends a recording through the pipeline again, every frame of it, at the times at which the frames were captured: the same recording,
/// model and settings give the same lines, whatever the speed.
/// </summary>
internal sealed class Replay : IDisposable
{
    private readonly RecordingReader _recording;
    private readonly TimeProvider _time;
    private readonly Pipeline _pipeline;
    private readonly JsonLines _json = new();
    private long? _began;

    /// <param name="recording">At its beginning.</param>
    /// <param name="options">The settings; the camera's and the link's do not matter.</param>
    /// <param name="time">Whose clock paces.</param>
    /// <exception cref="Exception">The model cannot be loaded; one sentence.</exception>
    public Replay(RecordingReader recording, EdgeOptions options, TimeProvider time)
    {
        (_recording, _time) = (recording, time);
        _pipeline = new Pipeline(Vision.Load(options, time), [], time);
    }

    /// <summary>What nobody said of the model and was assumed, a sentence each.</summary>
    public IEnumerable<string> Assumptions => _pipeline.Vision.Model.Assumptions;

    /// <summary>What the last frame meant.</summary>
    public Report Report => _pipeline.Report;

    /// <summary>Takes the next frame; its line, good until the next call, or nothing after the last.</summary>
    /// <param name="paced">Waits until the frame's time has come.</param>
    /// <param name="stop">Ends the waiting, and with it the replay.</param>
    public ReadOnlySpan<byte> Next(bool paced, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && _recording.Next() is var (recorded, jpeg))
        {
            Frame frame;
            try
            {
                frame = ImageFile.Decode(jpeg, Path.Join(_recording.Folder, recorded.File));
            }
            catch (EdgeException)
            {
                _recording.Damaged++;
                continue;
            }
            using (frame)
            {
                TimeSpan at = TimeSpan.FromMicroseconds(recorded.AtUs);
                if (paced) Await(at, stop);
                frame.Filled(recorded.Frame, (long)(recorded.AtUs * (double)_time.TimestampFrequency / 1_000_000));
                _pipeline.Process(frame);
            }
            return _json.Line(_pipeline.Report, SystemState.Running, recorded.Captured, TimeSpan.Zero);
        }
        return default;
    }

    public void Dispose()
    {
        _json.Dispose();
        _pipeline.Dispose();
    }

    private void Await(TimeSpan at, CancellationToken stop)
    {
        _began ??= _time.GetTimestamp() - (long)(at.TotalSeconds * _time.TimestampFrequency);
        TimeSpan left = at - _time.GetElapsedTime(_began.Value);
        if (left > TimeSpan.Zero) stop.WaitHandle.WaitOne(left);
    }
}
