using System.Numerics;
using System.Runtime.Intrinsics;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>How a pooling turns the values under its kernel into one: start, then each value in order, then the end.</summary>
internal interface IPooling
{
    float Start { get; }

    T Take<T>(T state, T value) where T : unmanaged, ILanes<T>;

    /// <param name="state">What the values have come to.</param>
    /// <param name="count">How many values count.</param>
    T End<T>(T state, T count) where T : unmanaged, ILanes<T>;
}

internal static class Poolings
{
    public readonly struct Largest : IPooling
    {
        public float Start => float.NegativeInfinity;

        public T Take<T>(T state, T value) where T : unmanaged, ILanes<T> => T.Max(state, value);

        public T End<T>(T state, T count) where T : unmanaged, ILanes<T> => state;
    }

    public readonly struct Average : IPooling
    {
        public float Start => 0;

        public T Take<T>(T state, T value) where T : unmanaged, ILanes<T> => state + value;

        public T End<T>(T state, T count) where T : unmanaged, ILanes<T> => state / count;
    }

    /// <summary>The 1-norm: the sum of magnitudes.</summary>
    public readonly struct Magnitude : IPooling
    {
        public float Start => 0;

        public T Take<T>(T state, T value) where T : unmanaged, ILanes<T> => state + T.Abs(value);

        public T End<T>(T state, T count) where T : unmanaged, ILanes<T> => state;
    }

    /// <summary>The 2-norm.</summary>
    public readonly struct Euclidean : IPooling
    {
        public float Start => 0;

        public T Take<T>(T state, T value) where T : unmanaged, ILanes<T> => T.Fma(value, value, state);

        public T End<T>(T state, T count) where T : unmanaged, ILanes<T> => T.Sqrt(state);
    }

    /// <summary>The p-norm for any other p, as exp(ln(x) p) and its inverse.</summary>
    public readonly struct Norm(int p) : IPooling
    {
        public float Start => 0;

        public T Take<T>(T state, T value) where T : unmanaged, ILanes<T> => state + Functions.Exp(Functions.Log(T.Abs(value)) * T.Of(p));

        public T End<T>(T state, T count) where T : unmanaged, ILanes<T> => Functions.Exp(Functions.Log(state) / T.Of(p));
    }

    /// <returns>Null for element types that are not float.</returns>
    public static Step? Lower(Operation operation)
    {
        Buffer input = operation.Input(0), output = operation.Output;
        if (operation.Operator is MaxPool max && input.Type is ElementType.UInt8)
            return new BytePooling<byte>(operation.Name, max, input, output);
        if (operation.Operator is MaxPool max8 && input.Type is ElementType.Int8)
            return new BytePooling<sbyte>(operation.Name, max8, input, output);
        if (input.Type != ElementType.Float32) return null;
        return operation.Operator switch
        {
            MaxPool pool => new PoolingStep<Largest>(operation.Name, default, pool, true, input, output),
            AveragePool pool => new PoolingStep<Average>(operation.Name, default, pool, !pool.CountIncludePad, input, output),
            LpPool { P: 1 } pool => new PoolingStep<Magnitude>(operation.Name, default, pool, true, input, output),
            LpPool { P: 2 } pool => new PoolingStep<Euclidean>(operation.Name, default, pool, true, input, output),
            LpPool pool => new PoolingStep<Norm>(operation.Name, new Norm(pool.P), pool, true, input, output),
            GlobalMaxPool => new GlobalPoolingStep<Largest>(operation.Name, default, input, output),
            GlobalAveragePool => new GlobalPoolingStep<Average>(operation.Name, default, input, output),
            GlobalLpPool { P: 1 } => new GlobalPoolingStep<Magnitude>(operation.Name, default, input, output),
            GlobalLpPool { P: 2 } => new GlobalPoolingStep<Euclidean>(operation.Name, default, input, output),
            GlobalLpPool pool => new GlobalPoolingStep<Norm>(operation.Name, new Norm(pool.P), input, output),
            _ => null,
        };
    }
}

/// <summary>The pixels under a pooling's kernel: one axis.</summary>
internal readonly record struct PoolingSpan(int First, int Count, int Step, int Padded)
{
    /// <summary>Under output pixel <paramref name="at"/> of one axis: the pixels that exist, and how many there are with padding.</summary>
    public static PoolingSpan Of(Pooling pool, int axis, int at, int extent)
    {
        int dilation = pool.Dilations[axis], start = at * pool.Strides[axis] - pool.Pads[axis];
        int skipped = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
        int first = start + skipped * dilation;
        int within = first >= extent ? 0 : (extent - 1 - first) / dilation + 1;
        // What hangs over the padded image because the extent was rounded up is no padding.
        int padded = Math.Min(pool.Kernel[axis], (extent + pool.Pads[axis + 2] - 1 - start) / dilation + 1);
        return new PoolingSpan(first, Math.Min(within, pool.Kernel[axis] - skipped), dilation, padded);
    }
}

/// <summary>A pooling of floats, N x H x W x C, vectors across channels. A piece is a few output rows.</summary>
internal sealed unsafe class PoolingStep<TPooling> : Step where TPooling : struct, IPooling
{
    private const long PieceValues = 200_000;

    private readonly TPooling _pooling;
    private readonly Pooling _window;
    private readonly bool _countsPixelsOnly;
    private readonly Buffer _input;
    private readonly Buffer _output;
    private readonly int _rowsOfPiece;
    private readonly int _rows;

    /// <param name="name">The node's name.</param>
    /// <param name="pooling">What becomes of the values.</param>
    /// <param name="window">Where the kernel slides.</param>
    /// <param name="countsPixelsOnly">Whether padding does not count.</param>
    /// <param name="input">N x H x W x C.</param>
    /// <param name="output">N x H' x W' x C.</param>
    public PoolingStep(string name, TPooling pooling, Pooling window, bool countsPixelsOnly, Buffer input, Buffer output)
        : base(name, [input], [output])
    {
        (_pooling, _window, _countsPixelsOnly, _input, _output) = (pooling, window, countsPixelsOnly, input, output);
        _rows = output.Shape[0] * output.Shape[1];
        long perRow = output.Shape.CountBetween(2, 4) * window.Kernel[0] * window.Kernel[1];
        _rowsOfPiece = (int)Math.Clamp(PieceValues / Math.Max(perRow, 1), 1, Math.Max(_rows, 1));
    }

    public override string Kernel => $"{typeof(TPooling).Name.ToLowerInvariant()} pooling {Cpu.Name}";

    public override int Pieces => (_rows + _rowsOfPiece - 1) / _rowsOfPiece;

    public override void Execute(int piece, byte* scratch)
    {
        Shape input = _input.Shape, output = _output.Shape;
        int pixel = _input.Stride, end = Math.Min((piece + 1) * _rowsOfPiece, _rows);
        for (int row = piece * _rowsOfPiece; row < end; row++)
        {
            (int image, int y) = Math.DivRem(row, output[1]);
            PoolingSpan ys = PoolingSpan.Of(_window, 0, y, input[1]);
            float* to = _output.Floats + (long)row * output[2] * _output.Stride;
            for (int x = 0; x < output[2]; x++, to += _output.Stride)
            {
                PoolingSpan xs = PoolingSpan.Of(_window, 1, x, input[2]);
                float* from = _input.Floats + (((long)image * input[1] + ys.First) * input[2] + xs.First) * pixel;
                float count = _countsPixelsOnly ? (float)ys.Count * xs.Count : (float)ys.Padded * xs.Padded;
                int c = 0;
                if (Cpu.Lanes >= 16) c = Pixel<Lanes16>(from, ys, xs, count, to, c);
                if (Cpu.Lanes >= 8) c = Pixel<Lanes8>(from, ys, xs, count, to, c);
                if (Cpu.Lanes >= 4) c = Pixel<Lanes4>(from, ys, xs, count, to, c);
                Pixel<Lanes1>(from, ys, xs, count, to, c);
            }
        }
    }

    private int Pixel<T>(float* from, PoolingSpan ys, PoolingSpan xs, float count, float* to, int c) where T : unmanaged, ILanes<T>
    {
        nint channels = _input.Shape[3], right = (nint)xs.Step * _input.Stride, down = (nint)ys.Step * _input.Shape[2] * _input.Stride;
        for (; c <= channels - T.Count; c += T.Count)
        {
            T state = T.Of(_pooling.Start);
            float* row = from + c;
            for (int y = 0; y < ys.Count; y++, row += down)
            {
                float* value = row;
                for (int x = 0; x < xs.Count; x++, value += right) state = _pooling.Take(state, T.Load(value));
            }
            _pooling.End(state, T.Of(count)).Store(to + c);
        }
        return c;
    }
}

/// <summary>
/// A pooling of all pixels, N x H x W x C to N x 1 x 1 x C. A piece is a block of channels of one image; pixels come in order.
/// </summary>
internal sealed unsafe class GlobalPoolingStep<TPooling>(string name, TPooling pooling, Buffer input, Buffer output)
    : Step(name, [input], [output]) where TPooling : struct, IPooling
{
    private const int Block = 64;

    private readonly int _channels = input.Shape[^1];
    private readonly long _pixels = input.Shape.CountBetween(1, input.Shape.Rank - 1);

    public override string Kernel => $"global {typeof(TPooling).Name.ToLowerInvariant()} pooling {Cpu.Name}";

    public override int Pieces => input.Shape[0] * Blocks;

    private int Blocks => (_channels + Block - 1) / Block;

    public override void Execute(int piece, byte* scratch)
    {
        (int image, int block) = Math.DivRem(piece, Blocks);
        int c = block * Block, end = Math.Min(c + Block, _channels);
        float* from = input.Floats + image * _pixels * _channels, to = output.Floats + (long)image * _channels;
        if (Cpu.Lanes >= 16) c = Run<Lanes16>(from, to, c, end);
        if (Cpu.Lanes >= 8) c = Run<Lanes8>(from, to, c, end);
        if (Cpu.Lanes >= 4) c = Run<Lanes4>(from, to, c, end);
        Run<Lanes1>(from, to, c, end);
    }

    private int Run<T>(float* from, float* to, int c, int end) where T : unmanaged, ILanes<T>
    {
        for (; c <= end - T.Count; c += T.Count)
        {
            T state = T.Of(pooling.Start);
            float* value = from + c;
            for (long i = 0; i < _pixels; i++, value += _channels) state = pooling.Take(state, T.Load(value));
            pooling.End(state, T.Of((float)_pixels)).Store(to + c);
        }
        return c;
    }
}

/// <summary>MaxPool of 8-bit integers, N x H x W x C, vectors across channels. A piece is an output row.</summary>
internal sealed unsafe class BytePooling<T>(string name, MaxPool window, Buffer input, Buffer output) : Step(name, [input], [output])
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public override string Kernel => "largest pooling of bytes";

    public override int Pieces => output.Shape[0] * output.Shape[1];

    public override void Execute(int piece, byte* scratch)
    {
        Shape shape = input.Shape;
        int width = output.Shape[2];
        (int image, int y) = Math.DivRem(piece, output.Shape[1]);
        PoolingSpan ys = PoolingSpan.Of(window, 0, y, shape[1]);
        T* to = output.As<T>() + (long)piece * width * output.Stride;
        for (int x = 0; x < width; x++, to += output.Stride)
        {
            PoolingSpan xs = PoolingSpan.Of(window, 1, x, shape[2]);
            Pixel(input.As<T>() + (((long)image * shape[1] + ys.First) * shape[2] + xs.First) * input.Stride, ys, xs, to);
        }
    }

    private void Pixel(T* from, PoolingSpan ys, PoolingSpan xs, T* to)
    {
        nint right = (nint)xs.Step * input.Stride, down = (nint)ys.Step * input.Shape[2] * input.Stride;
        int channels = input.Shape[3], c = 0;
        for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
        {
            Vector<T> largest = Vector.Create(T.MinValue);
            for (int y = 0; y < ys.Count; y++)
            {
                for (int x = 0; x < xs.Count; x++) largest = Vector.Max(largest, Vector.Load(from + y * down + x * right + c));
            }
            largest.Store(to + c);
        }
        while (c < channels && channels >= Vector128<T>.Count)
        {
            // The last vector may do some channels a second time.
            c = Math.Min(c, channels - Vector128<T>.Count);
            Vector128<T> largest = Vector128.Create(T.MinValue);
            for (int y = 0; y < ys.Count; y++)
            {
                for (int x = 0; x < xs.Count; x++) largest = Vector128.Max(largest, Vector128.Load(from + y * down + x * right + c));
            }
            largest.Store(to + c);
            c += Vector128<T>.Count;
        }
        for (; c < channels; c++)
        {
            T largest = T.MinValue;
            for (int y = 0; y < ys.Count; y++)
            {
                for (int x = 0; x < xs.Count; x++) largest = T.Max(largest, from[y * down + x * right + c]);
            }
            to[c] = largest;
        }
    }
}
