namespace EdgeCnn.Training.Losses;

/// <summary>A cell that is to show an object.</summary>
/// <param name="Cell">Of the picture, over all strides.</param>
/// <param name="Object">Of the picture.</param>
/// <param name="Target">What the score of the object's class should be, above 0 up to 1.</param>
internal readonly record struct Match(int Cell, int Object, double Target);

/// <summary>
/// Which cells learn which object: those whose score and box already fit it best. Feng 2021, "TOOD: Task-aligned One-stage Object
/// Detection": alignment is score^alpha * IoU^beta, alpha 0.5 and beta 6 as YOLOv8 has them; an object takes the ten best aligned cells; a
/// cell that several objects take goes to the one that its box overlaps most. An object's best cell has its largest IoU as target, the
/// others in proportion to their alignment.
/// </summary>
internal sealed class TaskAlignedAssignment
{
    private const int Most = 10;

    private readonly int[] _owner;
    private Candidate[] _candidates = new Candidate[16 * Most];
    private int[] _counts = new int[16];
    private int _objects;

    /// <param name="cells">Of a picture.</param>
    public TaskAlignedAssignment(int cells)
    {
        _owner = new int[cells];
        Array.Fill(_owner, -1);
    }

    /// <summary>The next object of the picture; what is offered from now on is offered to it.</summary>
    public void NextObject()
    {
        if (_objects == _counts.Length)
        {
            Array.Resize(ref _counts, 2 * _objects);
            Array.Resize(ref _candidates, 2 * _objects * Most);
        }
        _counts[_objects++] = 0;
    }

    /// <param name="cell">Each at most once for an object.</param>
    /// <param name="score">The probability that it gives the object's class.</param>
    /// <param name="overlap">The IoU of its box and the object's.</param>
    public void Offer(int cell, double score, double overlap)
    {
        double square = overlap * overlap, alignment = Math.Sqrt(score) * square * square * square;
        ref int count = ref _counts[_objects - 1];
        Span<Candidate> best = _candidates.AsSpan((_objects - 1) * Most, Most);
        if (!(alignment > 0) || (count == Most && alignment <= best[^1].Alignment)) return;
        int place = count < Most ? count++ : Most - 1;
        for (; place > 0 && best[place - 1].Alignment < alignment; place--) best[place] = best[place - 1];
        best[place] = new Candidate(cell, alignment, overlap);
    }

    /// <summary>Adds the picture's matches, object by object, the best aligned first; then a new picture begins.</summary>
    public void Finish(List<Match> matches)
    {
        for (int i = 0; i < _objects * Most; i++)
        {
            if (i % Most >= _counts[i / Most]) continue;
            ref int owner = ref _owner[_candidates[i].Cell];
            if (owner < 0 || _candidates[i].Overlap > _candidates[owner].Overlap) owner = i;
        }
        for (int o = 0; o < _objects; o++) Match(o, matches);
        for (int i = 0; i < _objects * Most; i++)
        {
            if (i % Most < _counts[i / Most]) _owner[_candidates[i].Cell] = -1;
        }
        _objects = 0;
    }

    private void Match(int o, List<Match> matches)
    {
        int first = o * Most, end = first + _counts[o];
        double alignment = 0, overlap = 0;
        for (int i = first; i < end; i++)
        {
            if (_owner[_candidates[i].Cell] != i) continue;
            alignment = Math.Max(alignment, _candidates[i].Alignment);
            overlap = Math.Max(overlap, _candidates[i].Overlap);
        }
        for (int i = first; i < end; i++)
        {
            if (_owner[_candidates[i].Cell] == i)
                matches.Add(new Match(_candidates[i].Cell, o, _candidates[i].Alignment / alignment * overlap));
        }
    }

    private readonly record struct Candidate(int Cell, double Alignment, double Overlap);
}
