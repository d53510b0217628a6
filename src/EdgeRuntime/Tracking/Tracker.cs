using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>
/// Follows objects from frame to frame: predicts each by a Kalman filter in real time, associates confident detections first and weak ones
/// with what is left (Zhang et al., ByteTrack, 2022), keeps what is out of sight for a while. It works in capture time, so it does not care
/// about the frame rate, its jitter, or frames that were dropped. One thread uses it; nothing is allocated in the steady state.
/// </summary>
public sealed class Tracker
{
    private const int MostTracks = 255;

    /// <summary>Dearer than any pairing of overlapping boxes can be in total.</summary>
    private const float Forbidden = 1000;

    /// <summary>A weak detection has to lie well on a track to continue it (ByteTrack asks for 0.5 of boxes that do not grow).</summary>
    private const float WeakOverlap = 0.4f;

    private readonly TimeProvider _time;
    private readonly Assignment _assignment = new();
    private readonly List<Trajectory> _trajectories = new(MostTracks);
    private readonly Stack<Trajectory> _unused = new(MostTracks);
    private readonly List<Trajectory> _waiting = new(MostTracks);
    private readonly List<int> _free = [];
    private readonly bool[] _idTaken = new bool[MostTracks + 1];
    private bool[] _detectionTaken = [];
    private float[] _costs = [];
    private int[] _pairs = [];
    private long? _lastTimestamp;
    private double _now;
    private int _lastId;

    /// <param name="options">Checked by the settings' loader.</param>
    /// <param name="time">Whose timestamps <see cref="Update"/> is given.</param>
    public Tracker(TrackingOptions options, TimeProvider time) => (Options, _time) = (options, time);

    /// <summary>May change between frames: tracks stay.</summary>
    public TrackingOptions Options { get; set; }

    /// <summary>Takes in the detections of a frame.</summary>
    /// <param name="detections">What was found.</param>
    /// <param name="capturedAt">When the frame was captured, as the time provider's timestamp. A step backwards counts as no time.</param>
    /// <param name="tracks">Cleared, then filled with every confirmed object, seen or predicted, oldest first.</param>
    public void Update(IReadOnlyList<Detection> detections, long capturedAt, List<Track> tracks)
    {
        double before = _now;
        _now += _lastTimestamp is long last ? Math.Max(_time.GetElapsedTime(last, capturedAt).TotalSeconds, 0) : 0;
        _lastTimestamp = capturedAt;
        if (_detectionTaken.Length < detections.Count) _detectionTaken = new bool[Math.Max(detections.Count, 2 * _detectionTaken.Length)];
        _detectionTaken.AsSpan().Clear();

        Forget(confirmed: true, Options.ForgetMs / 1000.0);
        foreach (Trajectory trajectory in _trajectories) trajectory.Predict(_now - before, Options.Agility);
        Associate(detections, confident: true, confirmed: true, seenSince: 0, Options.MinOverlap);
        Associate(detections, confident: false, confirmed: true, seenSince: before, Math.Max(Options.MinOverlap, WeakOverlap));
        Associate(detections, confident: true, confirmed: false, seenSince: 0, Options.MinOverlap);
        Forget(confirmed: false, ConfirmSeconds);
        Begin(detections);

        tracks.Clear();
        foreach (Trajectory trajectory in _trajectories)
        {
            if (!trajectory.Confirmed || _now - trajectory.LastSeen > Options.PredictMs / 1000.0) continue;
            if (trajectory.Id == 0) trajectory.Id = NextId();
            tracks.Add(trajectory.Report(_now));
        }
    }

    private double ConfirmSeconds => Options.ConfirmMs / 1000.0;

    /// <summary>Pairs waiting tracks with free detections of one band of confidence.</summary>
    private void Associate(IReadOnlyList<Detection> detections, bool confident, bool confirmed, double seenSince, float overlap)
    {
        _waiting.Clear();
        foreach (Trajectory trajectory in _trajectories)
        {
            if (!trajectory.Seen && trajectory.Confirmed == confirmed && trajectory.LastSeen >= seenSince) _waiting.Add(trajectory);
        }
        _free.Clear();
        for (int i = 0; i < detections.Count; i++)
        {
            if (!_detectionTaken[i] && detections[i].Confidence >= Options.Confident == confident) _free.Add(i);
        }
        if (_waiting.Count == 0 || _free.Count == 0) return;

        bool upright = _waiting.Count <= _free.Count;
        (int rows, int columns) = upright ? (_waiting.Count, _free.Count) : (_free.Count, _waiting.Count);
        if (_costs.Length < rows * columns) _costs = new float[Math.Max(rows * columns, 2 * _costs.Length)];
        if (_pairs.Length < rows) _pairs = new int[Math.Max(rows, 2 * _pairs.Length)];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                (int waiting, int free) = upright ? (row, column) : (column, row);
                _costs[(row * columns) + column] = Cost(_waiting[waiting], detections[_free[free]], overlap);
            }
        }
        _assignment.Solve(_costs.AsSpan(0, rows * columns), rows, columns, _pairs);
        for (int row = 0; row < rows; row++)
        {
            if (_costs[(row * columns) + _pairs[row]] >= Forbidden) continue;
            (int waiting, int free) = upright ? (row, _pairs[row]) : (_pairs[row], row);
            _waiting[waiting].Continue(detections[_free[free]], _now, ConfirmSeconds);
            _detectionTaken[_free[free]] = true;
        }
    }

    private float Cost(Trajectory trajectory, in Detection detection, float least)
    {
        if (Options.ClassAware && trajectory.ClassId != detection.ClassId) return Forbidden;
        float overlap = trajectory.Overlap(detection.Box);
        return overlap >= least ? 1 - overlap : Forbidden;
    }

    private void Begin(IReadOnlyList<Detection> detections)
    {
        for (int i = 0; i < detections.Count && _trajectories.Count < MostTracks; i++)
        {
            if (_detectionTaken[i] || detections[i].Confidence < Options.Confident) continue;
            if (!_unused.TryPop(out Trajectory? trajectory)) trajectory = new Trajectory();
            trajectory.Begin(detections[i], _now, ConfirmSeconds);
            _trajectories.Add(trajectory);
        }
    }

    /// <summary>The free id whose last owner is gone the longest, or nearly so: ids go round.</summary>
    private byte NextId()
    {
        do _lastId = (_lastId % MostTracks) + 1;
        while (_idTaken[_lastId]);
        _idTaken[_lastId] = true;
        return (byte)_lastId;
    }

    private void Forget(bool confirmed, double afterSeconds)
    {
        int kept = 0;
        for (int i = 0; i < _trajectories.Count; i++)
        {
            Trajectory trajectory = _trajectories[i];
            if (trajectory.Confirmed == confirmed && _now - trajectory.LastSeen > afterSeconds)
            {
                _idTaken[trajectory.Id] = false;
                _unused.Push(trajectory);
            }
            else
            {
                _trajectories[kept++] = trajectory;
            }
        }
        _trajectories.RemoveRange(kept, _trajectories.Count - kept);
    }
}
