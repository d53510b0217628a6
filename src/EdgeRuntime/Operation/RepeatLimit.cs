using System.Globalization;
using System.Text;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Lets a message through a few times a minute, and counts it afterwards: a fault that repeats for months fills no journal. Messages that
/// differ only in their numbers are the same one. Any thread.
/// </summary>
internal sealed class RepeatLimit(TimeProvider time)
{
    private const int MostPerMinute = 6;

    /// <summary>Faults come in few kinds; should there be ever new ones, the memory of the oldest goes.</summary>
    private const int MostKinds = 512;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Kind> _kinds = [];
    private readonly Lock _gate = new();

    /// <summary>Whether a message may be written now.</summary>
    /// <param name="message">As it would be written.</param>
    /// <param name="heldBack">How many of its kind have been held back since the last one that was written.</param>
    public bool Passes(string message, out int heldBack)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            string key = WithoutNumbers(message);
            if (!_kinds.TryGetValue(key, out Kind? kind))
            {
                if (_kinds.Count >= MostKinds) _kinds.Remove(_kinds.MinBy(entry => entry.Value.Begin).Key);
                _kinds[key] = kind = new Kind { Begin = now };
            }
            heldBack = 0;
            if (time.GetElapsedTime(kind.Begin, now) >= Minute) (kind.Begin, kind.Written) = (now, 0);
            if (kind.Written == MostPerMinute)
            {
                kind.HeldBack++;
                return false;
            }
            kind.Written++;
            (heldBack, kind.HeldBack) = (kind.HeldBack, 0);
            return true;
        }
    }

    /// <summary>What is written behind a message of which others were held back; empty for none.</summary>
    public static string Remark(int heldBack) =>
        heldBack == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({heldBack} more like this were left out.)");

    private static string WithoutNumbers(string message)
    {
        StringBuilder key = new(message.Length);
        foreach (char letter in message)
        {
            if (!char.IsAsciiDigit(letter)) key.Append(letter);
            else if (key.Length == 0 || key[^1] != '0') key.Append('0');
        }
        return key.ToString();
    }

    private sealed class Kind
    {
        public long Begin;
        public int Written, HeldBack;
    }
}
