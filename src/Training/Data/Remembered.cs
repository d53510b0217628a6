using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>
/// A data set whose examples are made once and kept in memory, as many as may be: for those that take long to load or to draw.
/// </summary>
/// <param name="data">What is kept.</param>
/// <param name="mostBytes">Of pictures and masks; what exceeds it is loaded anew each time.</param>
public sealed class Remembered(IDataset data, long mostBytes) : IDataset
{
    private readonly Example?[] _examples = new Example?[data.Count];
    private long _bytes;

    public TaskKind Task => data.Task;

    public IReadOnlyList<string> Labels => data.Labels;

    public int Count => data.Count;

    public Example Load(int index)
    {
        if (Volatile.Read(ref _examples[index]) is { } known) return known;
        Example example = data.Load(index);
        long size = example.Picture.Pixels.LongLength + (example.Mask?.LongLength ?? 0);
        if (Interlocked.Add(ref _bytes, size) <= mostBytes) Volatile.Write(ref _examples[index], example);
        else Interlocked.Add(ref _bytes, -size);
        return example;
    }

    public string NameOf(int index) => data.NameOf(index);

    public int ClassOf(int index) => data.ClassOf(index);
}
