using System.Collections.Concurrent;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// Counts detections by class, over all models that there have been. Counted by the pipeline's thread, read by any; a count allocates
/// nothing.
/// </summary>
internal sealed class DetectionCounts
{
    private readonly ConcurrentDictionary<string, Count> _byName = new(StringComparer.Ordinal);
    private IReadOnlyList<string>? _labels;
    private Count[] _byId = [];

    public IEnumerable<KeyValuePair<string, long>> All =>
        _byName.Select(static count => KeyValuePair.Create(count.Key, Volatile.Read(ref count.Value.Value)));

    public void Add(Report report)
    {
        if (report.Labels != _labels)
        {
            _labels = report.Labels;
            _byId = [.. report.Labels.Select(label => _byName.GetOrAdd(label, static _ => new Count()))];
        }
        foreach (Detection detection in report.Detections)
        {
            if ((uint)detection.ClassId < (uint)_byId.Length)
                Volatile.Write(ref _byId[detection.ClassId].Value, _byId[detection.ClassId].Value + 1);
        }
    }

    private sealed class Count
    {
        public long Value;
    }
}
