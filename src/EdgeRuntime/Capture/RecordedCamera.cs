using System.Globalization;
using EdgeCnn.EdgeRuntime.Recording;
using Microsoft.Extensions.Logging;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>A recording, played with its own timing.</summary>
internal sealed class RecordedCamera(string folder, CaptureOptions options, TimeProvider time, ILogger log) : PlayedCamera(
    options, time, log)
{
    private static readonly TimeSpan FallbackInterval = TimeSpan.FromMilliseconds(100);

    private RecordingReader? _reader;
    private TimeSpan _position, _interval = FallbackInterval;
    private int _read;

    public override string Description => _reader is null
        ? $"recording {folder}"
        : string.Create(
            CultureInfo.InvariantCulture, $"recording {folder} of {_reader.Header.Camera ?? "a camera"}, {_reader.Header.Started:u}");

    protected override void Open()
    {
        OpenCv.Load();
        _reader = RecordingReader.Open(folder);
    }

    protected override bool Read(Mat picture, out TimeSpan position)
    {
        position = default;
        while (_reader!.Next() is var (frame, jpeg))
        {
            try
            {
                using Frame read = ImageFile.Decode(jpeg, Path.Join(folder, frame.File));
                read.Mat.CopyTo(picture);
            }
            catch (EdgeException exception)
            {
                Log.LogWarning("{Why}", exception.Message);
                continue;
            }
            // A recorder's clock never goes back; what has been edited may.
            position = TimeSpan.FromMicroseconds(Math.Max(frame.AtUs, _position.TotalMicroseconds));
            if (_read++ > 0 && position > _position) _interval = position - _position;
            _position = position;
            return true;
        }
        return false;
    }

    protected override TimeSpan Rewind()
    {
        TimeSpan round = _position + _interval;
        (_position, _read) = (TimeSpan.Zero, 0);
        _reader!.Rewind();
        return round;
    }

    protected override string End(long delivered)
    {
        string damaged = _reader!.Damaged > 0
            ? string.Create(CultureInfo.InvariantCulture, $" {_reader.Damaged} damaged frames were left out.")
            : "";
        return (delivered > 0 ? base.End(delivered) : $"No picture of {folder} can be read.") + damaged;
    }

    protected override void Close() => _reader?.Dispose();
}
