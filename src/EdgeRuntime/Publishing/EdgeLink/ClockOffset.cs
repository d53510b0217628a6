namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// Estimates the far end's clock from questions and answers. Of the last few, the one with the shortest round trip is believed: what
/// delayed the others delayed one direction more than the other (Cristian, "Probabilistic clock synchronization", 1989).
/// </summary>
internal sealed class ClockOffset
{
    private readonly (TimeSpan RoundTrip, TimeSpan Offset)[] _samples = new (TimeSpan, TimeSpan)[8];
    private long _count;

    /// <summary>The shortest of the last round trips; zero when there was none.</summary>
    public TimeSpan RoundTrip => Best.RoundTrip;

    /// <summary>The far end's clock minus this one's; zero when there was no answer.</summary>
    public TimeSpan Offset => Best.Offset;

    private (TimeSpan RoundTrip, TimeSpan Offset) Best
    {
        get
        {
            if (_count == 0)
                return default;
            (TimeSpan RoundTrip, TimeSpan Offset) best = _samples[0];
            for (int index = 1; index < Math.Min(_count, _samples.Length); index++)
                best = _samples[index].RoundTrip < best.RoundTrip ? _samples[index] : best;
            return best;
        }
    }

    /// <param name="asked">This computer's clock when the question left.</param>
    /// <param name="answered">This computer's clock when the answer came.</param>
    /// <param name="farEnd">The far end's clock in between.</param>
    public void Add(TimeSpan asked, TimeSpan answered, TimeSpan farEnd)
    {
        TimeSpan roundTrip = answered - asked;
        _samples[_count++ % _samples.Length] = (roundTrip, farEnd - (asked + roundTrip / 2));
    }

    /// <summary>Another far end, or the same with its clock started anew.</summary>
    public void Reset() => _count = 0;
}
