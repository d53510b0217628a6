using System.Numerics;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Quantized;

/// <summary>QLinearAdd and QLinearMul: both operands become real numbers, the result is quantised again.</summary>
internal sealed unsafe class QLinearBinaryStep<T> : Step where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private const int Block = 512;
    private readonly Operation _operation;
    private readonly bool _multiply;
    private readonly Nest _nest;
    private readonly Chunks _chunks;

    public QLinearBinaryStep(Operation operation) : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        _operation = operation;
        _multiply = operation.Operator is QLinearMul;
        ReadOnlySpan<int> extents = operation.Output.Shape.Extents;
        _nest = new Nest(
            View.Dense(extents),
            View.Dense(operation.Input(0).Shape).Broadcast(extents),
            View.Dense(operation.Input(3).Shape).Broadcast(extents));
        _chunks = new Chunks(_nest.Count, Chunks.Elements / 4);
        foreach (int scale in (int[])[1, 4, 6]) Quantization.Check(operation, operation.Input(scale));
    }

    public override string Kernel => "qlinear binary";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => 2 * Block * sizeof(float);

    public override void Execute(int piece, byte* scratch)
    {
        Quantization a = Quantization.Of(_operation.Input(1), _operation.Optional(2));
        Quantization b = Quantization.Of(_operation.Input(4), _operation.Optional(5));
        Quantization c = Quantization.Of(_operation.Input(6), _operation.Optional(7));
        (long from, long to) = _chunks[piece];
        (long aStep, long bStep) = (_nest.RowStride(1), _nest.RowStride(2));
        for (Nest.Runs run = _nest.Between(from, to); run.MoveNext();)
        {
            for (int i = 0; i < run.Length; i += Block)
            {
                int count = Math.Min(Block, run.Length - i);
                float* left = (float*)scratch;
                float* right = left + Block;
                Conversions.ToFloats(_operation.Input(0).As<T>() + run[1] + i * aStep, aStep, a.ZeroPoint, left, count);
                Conversions.ToFloats(_operation.Input(3).As<T>() + run[2] + i * bStep, bStep, b.ZeroPoint, right, count);
                if (_multiply) Elementwise.Row(new Product(a.Scale, b.Scale, c), left, 1, right, 1, left, count);
                else Elementwise.Row(new Sum(a.Scale, b.Scale, c), left, 1, right, 1, left, count);
                Conversions.Saturate(left, _operation.Output.As<T>() + run[0] + i, count);
            }
        }
    }

    private readonly struct Sum(float aScale, float bScale, Quantization c) : IBinaryFunction
    {
        public TLanes Apply<TLanes>(TLanes a, TLanes b) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Round((a * TLanes.Of(aScale) + b * TLanes.Of(bScale)) / TLanes.Of(c.Scale)) + TLanes.Of(c.ZeroPoint);
    }

    private readonly struct Product(float aScale, float bScale, Quantization c) : IBinaryFunction
    {
        public TLanes Apply<TLanes>(TLanes a, TLanes b) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Round(a * TLanes.Of(aScale) * (b * TLanes.Of(bScale)) / TLanes.Of(c.Scale)) + TLanes.Of(c.ZeroPoint);
    }
}

/// <summary>QLinearSigmoid and QLinearLeakyRelu: one result for each of the 256 values, looked up.</summary>
internal sealed unsafe class QLinearTableStep<T>(Operation operation, Map function)
    : Step(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly Chunks _chunks = new(operation.Output.Shape.Count, Chunks.Elements);

    public override string Kernel => "qlinear table";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => 256 + 256 * sizeof(float);

    public override bool CanOverwrite(int read) => read == 0;

    public override void Execute(int piece, byte* scratch)
    {
        float* values = (float*)scratch;
        byte* table = scratch + 256 * sizeof(float);
        Quantization x = Quantization.Of(operation.Input(1), operation.Optional(2));
        Quantization y = Quantization.Of(operation.Input(3), operation.Optional(4));
        for (int code = 0; code < 256; code++) values[code] = x.Dequantize(int.CreateTruncating(T.CreateTruncating(code)));
        function.Apply(values, values, 256);
        for (int code = 0; code < 256; code++) table[code] = byte.CreateTruncating(y.Quantize<T>(values[code]));
        (long from, long to) = _chunks[piece];
        byte* source = operation.Input(0).Data;
        byte* target = operation.Output.Data;
        for (long i = from; i < to; i++) target[i] = table[source[i]];
    }
}

/// <summary>QLinearConcat: each part is moved to its place and rescaled where its scale is not the result's.</summary>
internal sealed unsafe class QLinearConcatStep<T> : Step where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly Operation _operation;
    private readonly Nest[] _parts;

    public QLinearConcatStep(Operation operation, int axis)
        : base(operation.Name, [.. operation.Inputs.OfType<Buffer>().Distinct()], [operation.Output])
    {
        _operation = operation;
        View whole = View.Dense(operation.Output.Shape);
        List<Nest> parts = [];
        int start = 0;
        Quantization.Check(operation, operation.Input(0));
        for (int i = 2; i < operation.Inputs.Length; i += 3)
        {
            Shape part = operation.Input(i).Shape;
            Quantization.Check(operation, operation.Input(i + 1));
            parts.Add(new Nest(whole.Slice(axis, start, part[axis]), View.Dense(part)));
            start += part[axis];
        }
        _parts = [.. parts];
    }

    public override string Kernel => "qlinear concat";

    public override int Pieces => _parts.Length;

    public override void Execute(int piece, byte* scratch)
    {
        Quantization y = Quantization.Of(_operation.Input(0), _operation.Optional(1));
        Quantization x = Quantization.Of(_operation.Input(3 * piece + 3), _operation.Optional(3 * piece + 4));
        T* table = stackalloc T[256];
        for (int code = 0; code < 256; code++)
        {
            T stored = T.CreateTruncating(code);
            table[code] = x == y ? stored : y.Quantize<T>(x.Dequantize(int.CreateTruncating(stored)));
        }
        T* source = _operation.Input(3 * piece + 2).As<T>();
        T* target = _operation.Output.As<T>();
        Nest part = _parts[piece];
        (long write, long read) = (part.RowStride(0), part.RowStride(1));
        for (Nest.Runs run = part.Between(0, part.Count); run.MoveNext();)
        {
            for (int i = 0; i < run.Length; i++) target[run[0] + i * write] = table[byte.CreateTruncating(source[run[1] + i * read])];
        }
    }
}

/// <summary>
/// QLinearGlobalAveragePool and QLinearAveragePool over images with channels last: the exact sum of a window's integers, less the zero
/// points, times one factor.
/// </summary>
internal sealed unsafe class QLinearAverageStep<T> : Step where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly Operation _operation;
    private readonly QLinearAveragePool _window;
    private readonly Chunks _chunks;

    public QLinearAverageStep(Operation operation) : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        Shape x = operation.Input(0).Shape;
        _operation = operation;
        _window = operation.Operator as QLinearAveragePool
            ?? new QLinearAveragePool([x[1], x[2]], [1, 1], [0, 0, 0, 0], [1, 1], CeilMode: false, CountIncludePad: false);
        Shape y = operation.Output.Shape;
        long perPixel = Math.Max(1, (long)y[3] * _window.Kernel[0] * _window.Kernel[1]);
        _chunks = new Chunks(y.CountBetween(0, 3), Chunks.Elements / 4 / perPixel);
        Quantization.Check(operation, operation.Input(1));
        Quantization.Check(operation, operation.Input(3));
    }

    public override string Kernel => "qlinear average";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => Math.Max(1, _operation.Output.Shape[3]) * sizeof(long);

    public override void Execute(int piece, byte* scratch)
    {
        Quantization input = Quantization.Of(_operation.Input(1), _operation.Optional(2));
        Quantization output = Quantization.Of(_operation.Input(3), _operation.Optional(4));
        (Shape x, Shape y) = (_operation.Input(0).Shape, _operation.Output.Shape);
        int channels = y[3];
        long* sums = (long*)scratch;
        (long from, long to) = _chunks[piece];
        for (long pixel = from; pixel < to; pixel++)
        {
            (long rest, long column) = Math.DivRem(pixel, y[2]);
            (long image, long row) = Math.DivRem(rest, y[1]);
            long top = row * _window.Strides[0] - _window.Pads[0];
            long left = column * _window.Strides[1] - _window.Pads[1];
            new Span<long>(sums, channels).Clear();
            int inside = 0;
            int padded = 0;
            for (int i = 0; i < _window.Kernel[0] * _window.Kernel[1]; i++)
            {
                long h = top + i / _window.Kernel[1] * _window.Dilations[0];
                long w = left + i % _window.Kernel[1] * _window.Dilations[1];
                if (h < x[1] + _window.Pads[2] && w < x[2] + _window.Pads[3]) padded++;
                if (h < 0 || h >= x[1] || w < 0 || w >= x[2]) continue;
                inside++;
                T* stored = _operation.Input(0).As<T>() + ((image * x[1] + h) * x[2] + w) * channels;
                for (int c = 0; c < channels; c++) sums[c] += int.CreateTruncating(stored[c]);
            }
            int count = _window.CountIncludePad ? padded : inside;
            float factor = input.Scale / (output.Scale * Math.Max(1, count));
            T* result = _operation.Output.As<T>() + pixel * channels;
            for (int c = 0; c < channels; c++) result[c] = output.Store<T>((sums[c] - (long)inside * input.ZeroPoint) * factor);
        }
    }
}
