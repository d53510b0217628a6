namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>Adds up what STATUS says in numbers that run over: which messages were seen, how many were lost or damaged.</summary>
internal sealed class Acknowledgements
{
    private byte _seen;
    private int _inFlight;
    private StatusMessage? _last;

    /// <summary>Messages that the far end has seen.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Frames that the far end had to reject.</summary>
    public long Errors { get; private set; }

    /// <summary>A new connection: what the far end counted before is not of this one.</summary>
    /// <param name="nextSequence">Number of the first message that will be sent.</param>
    public void Reset(byte nextSequence) => (_seen, _inFlight, _last) = (unchecked((byte)(nextSequence - 1)), 0, null);

    /// <summary>One more message was given a number.</summary>
    public void CountSent() => _inFlight++;

    public void Add(StatusMessage status)
    {
        // A clock that went back belongs to a board that was reset, and whose counters began anew.
        if (_last is { } previous && unchecked((int)(status.Ms - previous.Ms)) < 0)
            _last = null;
        int seen = unchecked((byte)(status.LastSequence - _seen));
        // A number that was never given in this connection is left from an earlier one.
        if (seen <= _inFlight)
        {
            int lost = _last is { } before ? unchecked((ushort)(status.Lost - before.Lost)) : 0;
            Acknowledged += Math.Max(0, seen - lost);
            _inFlight -= seen;
            _seen = status.LastSequence;
        }
        if (_last is { } last)
            Errors += unchecked((ushort)(status.CrcErrors - last.CrcErrors));
        _last = status;
    }
}
