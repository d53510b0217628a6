using System.Numerics;
using System.Runtime.InteropServices;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// Notices a source that repeats one picture: a sensor's noise never does. A picture that is the same after reopening is given twice as
/// long each time, up to sixteen times: it may truly stand still (a test card, a compressed stream of an empty room).
/// </summary>
internal sealed class FrozenPicture
{
    private const int SampledRows = 64;

    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private TimeSpan _patience;
    private uint _sum;
    private long _since;
    private bool _seen;

    /// <param name="limit">How long the same picture may come at first; zero: for ever.</param>
    /// <param name="time">By which that is measured.</param>
    public FrozenPicture(TimeSpan limit, TimeProvider time) => (_limit, _patience, _time) = (limit, limit, time);

    /// <summary>How long the same picture may come at present.</summary>
    public TimeSpan Patience => _patience;

    /// <summary>Looks at the next picture; true when it has been the same for too long.</summary>
    public bool IsFrozen(ImageView picture)
    {
        if (_limit <= TimeSpan.Zero) return false;
        uint sum = Checksum(picture);
        long now = _time.GetTimestamp();
        if (!_seen || sum != _sum)
        {
            (_sum, _since, _seen, _patience) = (sum, now, true, _limit);
            return false;
        }
        if (_time.GetElapsedTime(_since, now) < _patience) return false;
        _since = now;
        _patience = _patience < 16 * _limit ? 2 * _patience : _patience;
        return true;
    }

    /// <summary>After a pause without pictures the time begins anew, but the picture is remembered.</summary>
    public void Reopened() => _since = _time.GetTimestamp();

    private static uint Checksum(ImageView picture)
    {
        uint sum = 0;
        int step = Math.Max(1, picture.Height / SampledRows);
        for (int y = step / 2; y < picture.Height; y += step)
        {
            foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(picture.Row(y))) sum = BitOperations.Crc32C(sum, word);
        }
        return sum;
    }
}
