using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>
/// What waits to be sent: a place for one message of each kind, where the newest wins and what it replaces is counted. It also knows
/// when what it was told is no longer fresh. Not thread-safe; the protocol that owns it holds a lock.
/// </summary>
internal sealed class Outbox(LinkOptions options, TimeProvider time)
{
    private const int MaxDetections = byte.MaxValue;
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromMilliseconds(200);

    private readonly TimeSpan _staleAfter = TimeSpan.FromMilliseconds(options.StaleMs);
    private readonly WireDetection[] _detections = new WireDetection[MaxDetections];
    private readonly WireClass[] _classes = new WireClass[ClassesMessage.MaxCount];
    private ushort _frame;
    private TargetMessage _target;
    private HeartbeatMessage _heartbeat;
    private long _capturedAt, _heartbeatDue;
    private int _detectionCount, _detectionsSent, _classCount;
    private bool _hasTarget, _hasDetections, _hasClasses, _hasHeartbeat, _anyFrame, _stopOwed;

    /// <summary>Messages that were replaced, or too old, before they could leave.</summary>
    public long Dropped { get; private set; }

    /// <summary>The state that the last heartbeat carried or will carry.</summary>
    public SystemState State { get; private set; }

    /// <summary>No frame is younger than the limit.</summary>
    public bool IsStale => _anyFrame && Age > _staleAfter;

    /// <summary>How long until the far end has to be told that there is no target any more; null when nothing is owed.</summary>
    public TimeSpan? UntilStale => _stopOwed ? TimeSpan.FromTicks(Math.Max(0, (_staleAfter - Age).Ticks + 1)) : null;

    /// <summary>When the newest frame was captured.</summary>
    public long CapturedAt => _capturedAt;

    private TimeSpan Age => time.GetElapsedTime(_capturedAt);

    /// <summary>Copies what a report says.</summary>
    public void Publish(Report report)
    {
        _capturedAt = report.CapturedAt;
        _anyFrame = true;
        _stopOwed |= !IsStale;
        _frame = unchecked((ushort)report.Frame);
        if (report.IsClassification)
            Keep(report.Classes);
        else
            KeepTarget(report);
        if (options.Detections && !report.IsClassification)
            KeepDetections(report);
    }

    /// <summary>Keeps a heartbeat when one is due; only a living pipeline makes it due.</summary>
    public void Beat(in Health health)
    {
        State = IsStale && health.State is (SystemState.Running or SystemState.Degraded) ? SystemState.Stale : health.State;
        long now = time.GetTimestamp();
        if (now < _heartbeatDue)
            return;
        long period = (long)(HeartbeatPeriod.TotalSeconds * time.TimestampFrequency);
        // On a fixed grid, so that the rate is right whatever the pipeline's rate is; after a pause the grid starts anew.
        _heartbeatDue = now - _heartbeatDue < period ? _heartbeatDue + period : now + period;
        HeartbeatFlags flags = (health.Throttled ? HeartbeatFlags.Throttled : 0)
            | (health.Recording ? HeartbeatFlags.Recording : 0)
            | (health.Fallback ? HeartbeatFlags.FallbackBackend : 0);
        Dropped += _hasHeartbeat ? 1 : 0;
        _heartbeat = new(
            unchecked((uint)(long)health.Uptime.TotalMilliseconds), (byte)State, ReportUnits.Byte(health.Fps),
            (sbyte)Math.Clamp(health.TemperatureC, sbyte.MinValue, sbyte.MaxValue), flags);
        _hasHeartbeat = true;
    }

    public bool TryTakeHeartbeat(out HeartbeatMessage heartbeat)
    {
        heartbeat = _heartbeat;
        return Take(ref _hasHeartbeat);
    }

    /// <summary>Takes the newest target with its age, or, once after the last fresh frame, the word that there is none.</summary>
    /// <param name="target">What to send.</param>
    /// <param name="isFresh">It speaks of a fresh frame, not of the lack of one.</param>
    public bool TryTakeTarget(out TargetMessage target, out bool isFresh)
    {
        TimeSpan age = Age;
        isFresh = age <= _staleAfter;
        target = _target with { AgeMs = ReportUnits.Milliseconds(age) };
        if (Take(ref _hasTarget))
        {
            if (isFresh)
                return true;
            Dropped++;
        }
        target = new() { Frame = _frame, AgeMs = target.AgeMs, TtlMs = (ushort)options.TtlMs };
        return !isFresh && Take(ref _stopOwed);
    }

    /// <summary>Takes the next part of the newest list; <paramref name="most"/> detections fit it.</summary>
    public bool TryTakeDetections(int most, out DetectionsMessage detections)
    {
        detections = default;
        if (!_hasDetections)
            return false;
        int first = _detectionsSent, count = Math.Min(most, _detectionCount - first);
        detections = new(_frame, ReportUnits.Milliseconds(Age), (byte)_detectionCount, (byte)first, _detections.AsSpan(first, count));
        _detectionsSent += count;
        _hasDetections = _detectionsSent < _detectionCount;
        return true;
    }

    public bool TryTakeClasses(out ClassesMessage classes)
    {
        classes = default;
        if (!Take(ref _hasClasses))
            return false;
        classes = new(_frame, ReportUnits.Milliseconds(Age), _classes.AsSpan(0, _classCount));
        return true;
    }

    /// <summary>One message that was taken did not leave.</summary>
    public void CountDropped() => Dropped++;

    private static bool Take(ref bool flag)
    {
        bool was = flag;
        flag = false;
        return was;
    }

    private void KeepTarget(Report report)
    {
        Dropped += _hasTarget ? 1 : 0;
        _target = ToMessage(report);
        _hasTarget = true;
    }

    private void KeepDetections(Report report)
    {
        Dropped += _hasDetections ? 1 : 0;
        _detectionsSent = 0;
        // Tracks say more than detections; until the first one is confirmed the detections are all there is.
        bool tracked = report.Tracks.Count > 0;
        _detectionCount = Math.Min(MaxDetections, tracked ? report.Tracks.Count : report.Detections.Count);
        for (int index = 0; index < _detectionCount; index++)
            _detections[index] = tracked ? ToWire(report.Tracks[index], report) : ToWire(report.Detections[index], report);
        _hasDetections = true;
    }

    private void Keep(List<ClassScore> classes)
    {
        Dropped += _hasClasses ? 1 : 0;
        _classCount = Math.Min(ClassesMessage.MaxCount, classes.Count);
        for (int index = 0; index < _classCount; index++)
            _classes[index] = new(
                (ushort)Math.Clamp(classes[index].ClassId, 0, ushort.MaxValue), ReportUnits.Percent(classes[index].Confidence));
        _hasClasses = true;
    }

    private TargetMessage ToMessage(Report report)
    {
        var message = new TargetMessage { Frame = _frame, TtlMs = (ushort)options.TtlMs };
        if (report.Target is not { } target)
            return message;
        ushort distance = ReportUnits.Millimetres(target.DistanceMillimetres);
        return message with
        {
            Track = target.Track.Id,
            Class = ReportUnits.Byte(target.Track.ClassId),
            Score = ReportUnits.Percent(target.Track.Confidence),
            Flags = WireTargetFlags.Valid
                | (target.Track.Predicted ? WireTargetFlags.Predicted : 0)
                | (distance > 0 ? WireTargetFlags.DistanceValid : 0)
                | (target.LensCalibrated ? WireTargetFlags.LensCalibrated : 0),
            YawCentidegrees = ReportUnits.Centidegrees(target.YawDegrees),
            PitchCentidegrees = ReportUnits.Centidegrees(target.PitchDegrees),
            DistanceMm = distance,
            Box = ToWire(target.Track.Box, report),
        };
    }

    private static WireDetection ToWire(Track track, Report report) => new(
        ReportUnits.Byte(track.ClassId), ReportUnits.Percent(track.Confidence), track.Id,
        WireTargetFlags.Valid | (track.Predicted ? WireTargetFlags.Predicted : 0), ToWire(track.Box, report));

    private static WireDetection ToWire(Detection detection, Report report) => new(
        ReportUnits.Byte(detection.ClassId), ReportUnits.Percent(detection.Confidence), 0, WireTargetFlags.Valid,
        ToWire(detection.Box, report));

    private static WireBox ToWire(Box box, Report report) => new(
        ReportUnits.TenThousandths(box.CentreX, report.Width), ReportUnits.TenThousandths(box.CentreY, report.Height),
        ReportUnits.TenThousandths(box.Width, report.Width), ReportUnits.TenThousandths(box.Height, report.Height));
}
