using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// One opening of a live source, on a thread of its own: it opens, then grabs for as long as it is wanted. A session that hangs in a driver
/// is abandoned: nothing of it is used any more, and its thread frees what it holds when the driver lets it go.
/// </summary>
internal sealed class LiveSession
{
    private readonly LiveCamera _camera;
    private readonly Func<ILiveSource> _open;
    private readonly Thread _thread;
    private volatile bool _abandoned;

    public LiveSession(LiveCamera camera, Func<ILiveSource> open)
    {
        (_camera, _open) = (camera, open);
        // A driver that never returns must not keep the process from ending.
        _thread = new Thread(Run) { Name = "capture", IsBackground = true };
    }

    /// <summary>The thread has ended and holds nothing any more.</summary>
    public bool Ended => !_thread.IsAlive;

    public void Start() => _thread.Start();

    /// <summary>Tells the thread to end as soon as the driver lets it.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Waits for the thread to end; false when the driver still holds it.</summary>
    public bool Join(TimeSpan timeout) => _thread.Join(timeout);

    private void Run()
    {
        try
        {
            using ILiveSource source = _open();
            _camera.Opened(this, source);
            CaptureOptions set = _camera.OpenedWith;
            do set = Follow(source, set);
            while (!_abandoned && Next(source));
        }
        catch (Exception exception) when (exception is EdgeException or OpenCVException)
        {
            _camera.Failed(this, exception.Message);
        }
    }

    /// <summary>Moves the controls to where they are wanted by now; gives what they are set to.</summary>
    private CaptureOptions Follow(ILiveSource source, CaptureOptions set)
    {
        CaptureOptions wanted = _camera.Wanted;
        if (wanted != set) _camera.Adjusted(this, wanted, source.Adjust(set, wanted));
        return wanted;
    }

    private bool Next(ILiveSource source)
    {
        if (!source.Grab(out long capturedAt))
        {
            _camera.Failed(this, $"{_camera.Name} delivers no more pictures.");
            return false;
        }
        if (_camera.Rent(this) is not { } frame) return true;
        if (!source.Retrieve(frame))
        {
            frame.Dispose();
            _camera.Failed(this, $"A picture of {_camera.Name} could not be decoded.");
            return false;
        }
        _camera.Deliver(this, frame, capturedAt);
        return true;
    }
}
