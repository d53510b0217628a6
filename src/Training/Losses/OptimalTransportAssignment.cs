namespace EdgeCnn.Training.Losses;

/// <summary>
/// Which cells learn which object, as YOLOX has it (simOTA; Ge 2021, "YOLOX: Exceeding YOLO Series in 2021"): a cell's cost for an object
/// is the cross entropy of its classes and three times -log IoU, far more for cells that do not lie both in the object and near its
/// centre. An object takes as many of the cheapest cells as its ten largest IoUs add up to, at least one; a cell that several objects take
/// goes to the one that it costs least.
/// </summary>
internal sealed class OptimalTransportAssignment
{
    private const int MostOverlaps = 10;
    private const double OverlapWeight = 3, Outside = 1e5;

    private readonly List<Candidate> _candidates = [];
    private readonly Dictionary<int, Candidate> _taken = [];
    private readonly double[] _overlaps = new double[MostOverlaps];
    private int _objects;

    /// <summary>The next object of the picture; what is offered from now on is offered to it.</summary>
    public void NextObject()
    {
        Take();
        Array.Clear(_overlaps);
        _objects++;
    }

    /// <param name="cell">Each at most once for an object.</param>
    /// <param name="classes">The cross entropy of its classes, if it had to show the object.</param>
    /// <param name="overlap">The IoU of its box and the object's.</param>
    /// <param name="inside">Whether it lies in the object and near its centre.</param>
    public void Offer(int cell, double classes, double overlap, bool inside)
    {
        double cost = classes - (OverlapWeight * Math.Log(overlap + 1e-8)) + (inside ? 0 : Outside);
        _candidates.Add(new Candidate(cell, _objects - 1, cost, overlap));
        int place = MostOverlaps;
        while (place > 0 && _overlaps[place - 1] < overlap)
        {
            if (place < MostOverlaps) _overlaps[place] = _overlaps[place - 1];
            place--;
        }
        if (place < MostOverlaps) _overlaps[place] = overlap;
    }

    /// <summary>Adds the picture's matches in the order of the cells, with the IoU as target; then a new picture begins.</summary>
    public void Finish(List<Match> matches)
    {
        Take();
        matches.AddRange(_taken.Values.OrderBy(taken => taken.Cell).Select(taken => new Match(taken.Cell, taken.Object, taken.Overlap)));
        _taken.Clear();
        _objects = 0;
    }

    /// <summary>The object's cheapest cells, unless they cost another one less.</summary>
    private void Take()
    {
        int wanted = Math.Min(_candidates.Count, Math.Max(1, (int)_overlaps.Sum()));
        if (wanted < _candidates.Count) _candidates.Sort();
        for (int i = 0; i < wanted; i++)
        {
            Candidate own = _candidates[i];
            if (!_taken.TryGetValue(own.Cell, out Candidate other) || own.Cost < other.Cost) _taken[own.Cell] = own;
        }
        _candidates.Clear();
    }

    private readonly record struct Candidate(int Cell, int Object, double Cost, double Overlap) : IComparable<Candidate>
    {
        /// <summary>Of equal costs the first cell's comes first, so that the order is always the same.</summary>
        public int CompareTo(Candidate other) => Cost.CompareTo(other.Cost) is var order and not 0 ? order : Cell.CompareTo(other.Cell);
    }
}
