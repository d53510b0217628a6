namespace EdgeCnn.Engine;

/// <summary>Which buffers share memory, when each is alive, and where in the arena it lies.</summary>
internal sealed class MemoryLayout
{
    private readonly Dictionary<Buffer, (int First, int Last)> _lives = [];
    private readonly HashSet<Buffer> _pinned = [];

    /// <param name="steps">In the order in which they run.</param>
    /// <param name="inputs">Alive always: a caller may run again without writing them again.</param>
    /// <param name="outputs">Alive from their step to the end.</param>
    /// <param name="keepAll">Every value stays alive to the end.</param>
    public MemoryLayout(IReadOnlyList<Step> steps, IReadOnlyList<Buffer> inputs, IReadOnlyList<Buffer> outputs, bool keepAll)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (Buffer buffer in steps[i].Reads) Use(buffer.Root, i);
            foreach (Buffer buffer in steps[i].Writes) Use(buffer.Root, i);
        }
        foreach (Buffer input in inputs) Pin(input.Root, 0, steps.Count);
        foreach (Buffer output in outputs)
            Pin(output.Root, _lives.TryGetValue(output.Root, out (int First, int) life) ? life.First : 0, steps.Count);
        if (keepAll)
        {
            foreach (Buffer buffer in _lives.Keys.ToArray()) Pin(buffer, _lives[buffer].First, steps.Count);
        }
        else
        {
            Overwrite(steps);
        }
        Constants = [.. _lives.Keys.Where(buffer => buffer.Constant is not null)];
        Buffer[] placed = [.. _lives.Keys.Where(buffer => buffer.Constant is null)];
        Lifetime[] lifetimes = [.. placed.Select(buffer => new Lifetime(buffer.Bytes, _lives[buffer].First, _lives[buffer].Last))];
        (long[] offsets, Bytes) = Arena.Place(lifetimes);
        Offsets = [.. placed.Select((buffer, i) => (buffer, offsets[i]))];
    }

    public long Bytes { get; }

    /// <summary>Each buffer that owns memory of the arena, and its offset.</summary>
    public IReadOnlyList<(Buffer Buffer, long Offset)> Offsets { get; }

    /// <summary>Constants that are read at run time.</summary>
    public IReadOnlyList<Buffer> Constants { get; }

    private void Use(Buffer buffer, int step) =>
        _lives[buffer] = _lives.TryGetValue(buffer, out (int First, int Last) life)
            ? (Math.Min(life.First, step), Math.Max(life.Last, step))
            : (step, step);

    private void Pin(Buffer buffer, int first, int last)
    {
        _lives[buffer] = (first, last);
        _pinned.Add(buffer);
    }

    /// <summary>A step whose input is read for the last time writes its output over it, where its kernel can.</summary>
    private void Overwrite(IReadOnlyList<Step> steps)
    {
        for (int i = 0; i < steps.Count; i++)
        {
            if (steps[i].Writes.Count == 0) continue;
            Buffer output = steps[i].Writes[0].Root;
            if (!_lives.TryGetValue(output, out (int First, int Last) life) || life.First != i) continue;
            for (int read = 0; read < steps[i].Reads.Count; read++)
            {
                Buffer input = steps[i].Reads[read].Root;
                if (input == output || input.Constant is not null || _pinned.Contains(input) || _lives[input].Last != i) continue;
                if (input.Bytes != output.Bytes || !steps[i].CanOverwrite(read)) continue;
                // Every other reader of the input is done; both now live as one.
                (int First, int Last) joined = (_lives[input].First, life.Last);
                _lives.Remove(output);
                output.Share(input);
                _lives[input] = joined;
                if (_pinned.Contains(output)) _pinned.Add(input);
                break;
            }
        }
    }
}
