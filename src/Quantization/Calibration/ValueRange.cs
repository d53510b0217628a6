namespace EdgeCnn.Quantization.Calibration;

/// <summary>The values that integers are to stand for.</summary>
public readonly record struct ValueRange(float Low, float High)
{
    /// <summary>Nothing yet.</summary>
    public static readonly ValueRange Empty = new(0, 0);

    /// <summary>The smallest range that holds both, and zero.</summary>
    public ValueRange Union(ValueRange other) => new(Math.Min(Math.Min(Low, other.Low), 0), Math.Max(Math.Max(High, other.High), 0));

    /// <summary>
    /// Scale and zero point that spread the unsigned integers up to <paramref name="levels"/> over the range. Zero is one of them exactly:
    /// padding and what a ReLU cuts off carry no error.
    /// </summary>
    public AffineScale Scale(int levels)
    {
        ValueRange range = Union(Empty);
        float scale = (float)(((double)range.High - range.Low) / levels);
        // A value that is always zero needs some scale, and any is exact.
        if (!(scale >= 1e-30f)) return new AffineScale(1, 0);
        return new AffineScale(scale, (int)Math.Clamp(Math.Round(-range.Low / scale), 0, levels));
    }
}

/// <summary>Stored integers mean <c>Scale * (stored - Zero)</c>.</summary>
public readonly record struct AffineScale(float Scale, int Zero);
