namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// Where frames come from: a camera, a stream, a video, a folder. Capture has its own thread; what is not taken in time is replaced by the
/// newest frame and counted. Loss and return of a live source are states, not exceptions.
/// </summary>
public interface ICamera : IDisposable
{
    /// <summary>The source as the user wrote it, and what it turned out to be: "video car.mp4 1280x720 at 25 fps (FFMPEG)".</summary>
    string Description { get; }

    /// <summary>State and counters; cheap, from any thread.</summary>
    CameraStatus Status { get; }

    /// <summary>Opens the source and starts capturing.</summary>
    /// <exception cref="EdgeException">The source cannot be opened at all: says why and what to do.</exception>
    void Start();

    /// <summary>
    /// Moves exposure, gain, white balance, focus and brightness to what the settings ask for, while pictures flow. Gives one sentence for
    /// each thing that was done otherwise.
    /// </summary>
    Task<IReadOnlyList<string>> AdjustAsync(CaptureOptions options);

    /// <summary>
    /// The newest frame that has not been taken yet; waits for one up to <paramref name="timeout"/>. Null when none came, or when the
    /// source has ended (<see cref="CameraState.Ended"/>). The taker disposes the frame, which gives its memory back to the camera.
    /// </summary>
    Frame? Take(TimeSpan timeout, CancellationToken cancellation);
}

public enum CameraState
{
    Starting,
    Running,

    /// <summary>A live source stopped delivering; it is being reopened.</summary>
    Lost,

    /// <summary>A file or folder has been played to its end.</summary>
    Ended,
}

/// <param name="State">What the source is doing.</param>
/// <param name="Detail">One sentence for people, why it is in this state; empty while running.</param>
/// <param name="Captured">Frames that came from the source.</param>
/// <param name="Dropped">Frames that were replaced by a newer one before anybody took them.</param>
/// <param name="Reopened">How often the source was opened again.</param>
/// <param name="Fps">Frames per second over the last seconds.</param>
public readonly record struct CameraStatus(CameraState State, string Detail, long Captured, long Dropped, long Reopened, double Fps);
