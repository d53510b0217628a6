using System.Buffers.Binary;
using System.Text;

namespace EdgeCnn.Models.Zoo;

/// <summary>
/// First values of weights: uniform, and the same bits on every machine. Each tensor is drawn from the seed and its own name, so that a
/// layer more, or another number of classes, leaves the others as they were.
/// </summary>
/// <param name="seed">null leaves all weights at zero, in memory that is never touched: enough for a network's figures.</param>
internal sealed class Weights(int? seed)
{
    /// <summary>
    /// He et al. 2015, "Delving Deep into Rectifiers": variance 2 / fan-in, for layers that a ReLU follows. Uniform, as the square root is
    /// the same on every machine, and the logarithm and cosine that normal numbers need are not.
    /// </summary>
    public Tensor He(string name, Shape shape, long fanIn) => Uniform(name, shape, Math.Sqrt(6.0 / fanIn));

    /// <summary>
    /// Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks": variance 2 / (fan-in +
    /// fan-out).
    /// </summary>
    public Tensor Xavier(string name, Shape shape, long fanIn, long fanOut) => Uniform(name, shape, Math.Sqrt(6.0 / (fanIn + fanOut)));

    /// <summary>
    /// Kernels of a transposed convolution that interpolates each channel bilinearly: a triangle of the width of two strides in each
    /// direction (Long, Shelhamer, Darrell 2015).
    /// </summary>
    public static Tensor Bilinear(int channels, int kernel, int stride)
    {
        Tensor tensor = Tensor.Zeros(ElementType.Float32, new Shape(channels, channels, kernel, kernel));
        Span<float> values = tensor.As<float>();
        double middle = (kernel - 1) / 2.0;
        for (int c = 0; c < channels; c++)
        {
            for (int i = 0; i < kernel * kernel; i++)
            {
                (int y, int x) = Math.DivRem(i, kernel);
                double value = (1 - Math.Abs(y - middle) / stride) * (1 - Math.Abs(x - middle) / stride);
                values[(c * channels + c) * kernel * kernel + i] = (float)value;
            }
        }
        return tensor;
    }

    public static Tensor PerChannel(int channels, float value)
    {
        Tensor tensor = Tensor.Zeros(ElementType.Float32, new Shape(channels));
        tensor.As<float>().Fill(value);
        return tensor;
    }

    private Tensor Uniform(string name, Shape shape, double bound)
    {
        Tensor tensor = Tensor.Zeros(ElementType.Float32, shape);
        if (seed is not { } key) return tensor;
        ulong state = Stream(key, name);
        foreach (ref float value in tensor.As<float>())
            value = (float)(((Next(ref state) >> 40) * (2.0 / (1 << 24)) - 1) * bound);
        return tensor;
    }

    /// <summary>FNV-1a of seed and name (Fowler, Noll, Vo).</summary>
    private static ulong Stream(int seed, string name)
    {
        Span<byte> key = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(key, seed);
        ulong hash = 0xCBF29CE484222325;
        foreach (byte octet in (ReadOnlySpan<byte>)[.. key, .. Encoding.UTF8.GetBytes(name)]) hash = (hash ^ octet) * 0x100000001B3;
        return hash;
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
