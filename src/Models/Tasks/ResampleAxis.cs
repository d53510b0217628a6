namespace EdgeCnn.Models.Tasks;

/// <summary>
/// One axis of a bilinear resampling: for each network pixel that the image covers, the image pixel on its near side and the weight of the
/// far one.
/// </summary>
internal sealed class ResampleAxis
{
    private ResampleAxis(int start, int[] near, float[] weight, double scale, double offset)
    {
        (Start, Near, Weight, Scale, Offset) = (start, near, weight, (float)scale, (float)offset);
    }

    /// <summary>The first network pixel that the image covers.</summary>
    public int Start { get; }

    /// <summary>How many network pixels the image covers.</summary>
    public int Count => Near.Length;

    /// <summary>Image pixels; -1 and the image's length stand for the fill around it.</summary>
    public int[] Near { get; }

    /// <summary>Weight of the pixel after the near one, 0 to 1.</summary>
    public float[] Weight { get; }

    /// <summary>Image coordinate = network coordinate * Scale + Offset, for edges of boxes.</summary>
    public float Scale { get; }

    public float Offset { get; }

    /// <summary>
    /// The image's length becomes <paramref name="resized"/> pixels, of which the first lies at network pixel <paramref name="start"/>;
    /// what lies outside is cut off.
    /// </summary>
    /// <remarks>Half-pixel centres and a clamped border, as cv2.resize with INTER_LINEAR: s = (d + 0.5) * length / resized - 0.5.</remarks>
    public static ResampleAxis Resize(int length, int network, int resized, int start)
    {
        double scale = (double)length / resized;
        int first = Math.Max(start, 0), end = Math.Min(start + resized, network);
        int[] near = new int[end - first];
        float[] weight = new float[near.Length];
        for (int i = 0; i < near.Length; i++)
        {
            double source = Math.Clamp(((first + i - start + 0.5) * scale) - 0.5, 0, length - 1);
            near[i] = (int)source;
            weight[i] = (float)(source - near[i]);
        }
        return new ResampleAxis(first, near, weight, scale, -start * scale);
    }

    /// <summary>Both centres coincide and the image is scaled by <paramref name="ratio"/>; border pixels blend into the fill.</summary>
    /// <remarks>Pixel indices are mapped as they are, in steps of 1/32, as cv2.warpAffine does: s = (d - network / 2) / ratio + length /
    /// 2.</remarks>
    public static ResampleAxis Warp(int length, int network, double ratio)
    {
        double scale = 1 / ratio, offset = (length / 2.0) - (network / 2.0 * scale);
        double Source(int pixel) => Math.Floor((((pixel * scale) + offset) * 32) + 0.5) / 32;
        int first = 0, end = network;
        while (first < end && Source(first) <= -1) first++;
        while (end > first && Source(end - 1) >= length) end--;
        int[] near = new int[end - first];
        float[] weight = new float[near.Length];
        for (int i = 0; i < near.Length; i++)
        {
            double source = Source(first + i);
            near[i] = (int)Math.Floor(source);
            weight[i] = (float)(source - near[i]);
        }
        return new ResampleAxis(first, near, weight, scale, offset);
    }
}
