using System.Numerics;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Reductions;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Quantized;

/// <summary>
/// QuantizeLinear and DequantizeLinear: a scale and a zero point for the whole tensor, or for each index of one axis. A piece is rows of
/// the tensor along which one scale holds, or along which the scales run.
/// </summary>
internal abstract unsafe class ScaledStep : Step
{
    private readonly Chunks _chunks;

    protected ScaledStep(Operation operation, int axis) : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        Shape x = operation.Output.Shape;
        Scale = operation.Input(1);
        ZeroPoint = operation.Optional(2);
        Quantization.Check(operation, Scale);
        View parameters = View.Dense(Scale.Shape.Count == 1 ? Shape.Scalar : AlongAxis(x, axis)).Broadcast(x.Extents);
        Nest = new Nest(View.Dense(x), parameters);
        _chunks = new Chunks(Nest.Count, Chunks.Elements);
    }

    public override int Pieces => _chunks.Count;

    protected Buffer Scale { get; }

    protected Buffer? ZeroPoint { get; }

    /// <summary>Over the tensor and, beside it, the scales.</summary>
    protected Nest Nest { get; }

    protected Nest.Runs Runs(int piece)
    {
        (long from, long to) = _chunks[piece];
        return Nest.Between(from, to);
    }

    private static Shape AlongAxis(Shape x, int axis)
    {
        int[] extents = new int[x.Rank - axis];
        Array.Fill(extents, 1);
        extents[0] = x[axis];
        return new Shape(extents);
    }
}

/// <summary>saturate(round half to even(x / scale) + zero point).</summary>
internal sealed unsafe class QuantizeStep<TIn, TOut>(Operation operation, int axis, Step? first = null) : ScaledStep(operation, axis)
    where TIn : unmanaged, INumber<TIn> where TOut : unmanaged, IBinaryInteger<TOut>, IMinMaxValue<TOut>
{
    private const int Block = 512;

    public override Step? First => first;

    public override string Kernel => "quantize";

    public override int ScratchBytes => 2 * Block * sizeof(float);

    public override void Execute(int piece, byte* scratch)
    {
        for (Nest.Runs run = Runs(piece); run.MoveNext();)
        {
            TIn* x = Reads[0].As<TIn>() + run[0];
            TOut* y = Writes[0].As<TOut>() + run[0];
            for (int i = 0; i < run.Length; i += Block)
                Quantize(x + i, y + i, Math.Min(Block, run.Length - i), run[1] + i * Nest.RowStride(1), (float*)scratch);
        }
    }

    private void Quantize(TIn* x, TOut* y, int count, long parameter, float* scratch)
    {
        long step = Nest.RowStride(1);
        float* steps = scratch;
        if (typeof(TIn) != typeof(float))
        {
            for (int i = 0; i < count; i++) steps[i] = float.CreateTruncating(x[i]);
        }
        float* values = typeof(TIn) == typeof(float) ? (float*)x : steps;
        Elementwise.Row(default(DivideAndRound), values, 1, Scale.Floats + parameter, step, steps, count);
        if (ZeroPoint is not null)
        {
            float* zeros = scratch + Block;
            if (step == 0) *zeros = Quantization.Integer(ZeroPoint, parameter);
            else for (int i = 0; i < count; i++) zeros[i] = Quantization.Integer(ZeroPoint, parameter + i * step);
            Elementwise.Row(default(FloatArithmetic.Add), steps, 1, zeros, step == 0 ? 0 : 1, steps, count);
        }
        Conversions.Saturate(steps, y, count);
    }

    /// <summary>round half to even(a / b), and 0 for NaN.</summary>
    private readonly struct DivideAndRound : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T>
        {
            T steps = T.Round(a / b);
            return T.Select(T.Equal(steps, steps), steps, T.Of(0f));
        }
    }
}

/// <summary>(x - zero point) * scale; the difference is a 32-bit integer.</summary>
internal sealed unsafe class DequantizeStep<TIn>(Operation operation, int axis) : ScaledStep(operation, axis)
    where TIn : unmanaged, IBinaryInteger<TIn>
{
    public override string Kernel => "dequantize";

    public override void Execute(int piece, byte* scratch)
    {
        long step = Nest.RowStride(1);
        for (Nest.Runs run = Runs(piece); run.MoveNext();)
        {
            TIn* x = Reads[0].As<TIn>() + run[0];
            Quantization map = At(run[1]);
            if (step == 0 && sizeof(TIn) == 1 && Writes[0].Type == ElementType.Float32)
            {
                float* y = Writes[0].Floats + run[0];
                Conversions.ToFloats(x, 1, map.ZeroPoint, y, run.Length);
                float scale = map.Scale;
                Elementwise.Row(default(FloatArithmetic.Mul), y, 1, &scale, 0, y, run.Length);
                continue;
            }
            for (int i = 0; i < run.Length; i++)
            {
                if (step != 0) map = At(run[1] + i * step);
                Store(run[0] + i, map.Dequantize(int.CreateTruncating(x[i])));
            }
        }
    }

    private Quantization At(long parameter) =>
        new(Quantization.Value(Scale, (int)parameter), ZeroPoint is null ? 0 : Quantization.Integer(ZeroPoint, parameter));

    private void Store(long at, float value)
    {
        switch (Writes[0].Type)
        {
            case ElementType.Float32: Writes[0].Floats[at] = value; break;
            case ElementType.Float16: Writes[0].As<Half>()[at] = (Half)value; break;
            default: Writes[0].As<double>()[at] = value; break;
        }
    }
}

/// <summary>
/// The scale and zero point that map the range of a tensor, zero always within it, to 0 ... 255 (ONNX DynamicQuantizeLinear-11):
/// scale = (largest - smallest) / 255, zero point = round half to even(saturate(-smallest / scale)). A tensor of zeros has the scale 1.
/// </summary>
internal sealed unsafe class RangeStep(string name, Buffer x, Buffer scale, Buffer zeroPoint) : Step(name, [x], [scale, zeroPoint])
{
    private const int Block = 2048;

    public override string Kernel => "range";

    public override void Execute(int piece, byte* scratch)
    {
        float* smallest = stackalloc float[Fold.Width];
        float* largest = stackalloc float[Fold.Width];
        new Span<float>(smallest, Fold.Width).Clear();
        new Span<float>(largest, Fold.Width).Clear();
        for (long i = 0; i < x.Shape.Count; i += Block)
        {
            int count = (int)Math.Min(Block, x.Shape.Count - i);
            Fold.Put<Fold.Smallest>(smallest, x.Floats + i, count);
            Fold.Put<Fold.Largest>(largest, x.Floats + i, count);
        }
        (float low, float high) = (Fold.End<Fold.Smallest>(smallest), Fold.End<Fold.Largest>(largest));
        float step = high == low ? 1f : (high - low) / 255f;
        if (!float.IsFinite(step))
        {
            throw new ModelException(
                $"The node '{Name}' measures the range {low} to {high}, which cannot be quantised: an input or a layer before it is broken.");
        }
        *scale.Floats = step;
        *zeroPoint.Data = (byte)MathF.Round(Math.Clamp(-low / step, 0f, 255f));
    }
}
