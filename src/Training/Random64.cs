namespace EdgeCnn.Training;

/// <summary>
/// Random numbers that are the same on every machine, by integer arithmetic and IEEE operations alone (SplitMix64: Steele, Lea and Flood,
/// Fast splittable pseudorandom number generators, OOPSLA 2014). A value: a copy goes on where the original stood.
/// </summary>
public struct Random64(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>
    /// The generator of one of many things: of example <paramref name="index"/> in epoch <paramref name="epoch"/>, whichever thread asks
    /// for it.
    /// </summary>
    public static Random64 For(ulong seed, long epoch, long index)
    {
        Random64 random = new(seed);
        random._state = random.Next64() ^ (ulong)epoch;
        random._state = random.Next64() ^ (ulong)index;
        random._state = random.Next64();
        return random;
    }

    public ulong Next64()
    {
        ulong z = _state += Golden;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 up to, not including, 1, in steps of 2^-24.</summary>
    public float Single() => (Next64() >> 40) * (1f / (1 << 24));

    /// <summary>From 0 up to, not including, 1, in steps of 2^-53.</summary>
    public double Double() => (Next64() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public float Between(float low, float high) => low + ((high - low) * Single());

    /// <summary>Uniform from 0 up to, not including, <paramref name="count"/>.</summary>
    public int Below(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return (int)(((UInt128)Next64() * (ulong)count) >> 64);
    }

    public bool Chance(double probability) => Double() < probability;

    /// <summary>
    /// Mean 0, deviation 1, never beyond 4.3: the sum of six uniform numbers (no logarithm, whose last bit differs between machines).
    /// </summary>
    public float Normal()
    {
        float sum = 0;
        for (int i = 0; i < 6; i++) sum += Single();
        // Six uniform numbers have the variance 6 / 12.
        return (sum - 3) * 1.41421356f;
    }

    /// <summary>One of the items.</summary>
    public T Of<T>(ReadOnlySpan<T> items) => items[Below(items.Length)];

    /// <summary>Every order is equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
