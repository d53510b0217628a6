using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

/// <summary>
/// From sums to real values: activation(sum * factor + bias + residual), or the residual after the activation; stored as floats, or as
/// bytes by <see cref="Rounding"/>. Every operation is one of single precision, so the bits are the same on every processor. What belongs
/// to some columns stays in registers while all rows pass.
/// </summary>
internal sealed unsafe partial class Requantize<TFunction, TOutput> : Epilogue where TFunction : struct, IFunction where TOutput : unmanaged
{
    private readonly float* _factor;
    private readonly float* _bias;
    private readonly TFunction _activation;
    private readonly bool _residualLast;
    private readonly float* _residualScale;
    private readonly float _residualZero;
    private readonly Rounding _rounding;
    private readonly Buffer? _runFactor;

    /// <param name="meaning">What the sums stand for.</param>
    /// <param name="activation">Its activation.</param>
    /// <param name="rounding">How bytes are stored.</param>
    /// <param name="inverse">For each output channel 1 / scale, where no activation lies between: what is made are steps then.</param>
    /// <param name="weights">Where tables are kept.</param>
    public Requantize(SumsMeaning meaning, TFunction activation, Rounding rounding, float[]? inverse, Weights weights)
    {
        (_activation, _rounding, _residualLast, _runFactor) = (activation, rounding, meaning.ResidualLast, meaning.RunFactor);
        _factor = weights.Copy<float>(meaning.Factor);
        _bias = weights.Copy<float>(meaning.Bias);
        for (int c = 0; inverse is not null && c < inverse.Length; c++)
        {
            _factor[c] *= inverse[c];
            _bias[c] *= inverse[c];
            _factor[c] = Finite(_factor[c]);
            _bias[c] = Finite(_bias[c]);
        }
        if (meaning.Residual is not { } residual) return;
        // The residual has one scale, but where steps are made, each channel has its own.
        _residualScale = weights.Copy<float>([.. meaning.Factor.Select((_, c) => residual.Scale[0] * (inverse?[c] ?? 1))]);
        _residualZero = residual.Stored(Cpu.Int8Data).Zero[0];
    }

    public override int OutputSize => sizeof(TOutput);

    public override Buffer? Reads => _runFactor;

    // A call here would cost more than all that the loops do.
    private static bool MakesSteps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(TFunction) == typeof(FloatFunctions.Identity) && typeof(TOutput) == typeof(byte);
    }

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        Block block = new(sums, sumStride, rows, residual, residualStride, output, outputStride);
        int i = 0;
        if (Cpu.Lanes >= 16) i = Columns<Lanes16>(block, channel, i, count);
        if (Cpu.Lanes >= 8) i = Columns<Lanes8>(block, channel, i, count);
        if (Cpu.HasNeon && MakesSteps && block.Residual == null) i = NeonColumns(block, channel, i, count);
        if (Cpu.HasNeon) i = Columns<Lanes4x2>(block, channel, i, count);
        if (Cpu.Lanes >= 4) i = Columns<Lanes4>(block, channel, i, count);
        Columns<Lanes1>(block, channel, i, count);
    }

    private int Columns<T>(in Block block, int channel, int i, int count) where T : unmanaged, ILanes<T>
    {
        for (; i <= count - T.Count; i += T.Count)
        {
            if (block.Residual == null) Column<T>(block, channel, i);
            else AddingColumn<T>(block, channel, i);
        }
        return i;
    }

    private void Column<T>(in Block block, int channel, int column) where T : unmanaged, ILanes<T>
    {
        T factor = T.Load(_factor + channel + column), bias = T.Load(_bias + channel + column);
        if (_runFactor is not null) factor *= T.Of(*_runFactor.Floats);
        Rounding.Bounds<T> bounds = Bounds<T>(channel + column);
        int* sums = block.Sums + column;
        TOutput* output = (TOutput*)block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride;
        int row = block.Rows;
        if (typeof(T) != typeof(Lanes4x2) && StoresFourRows<T>() && row >= 4)
        {
            FourRows<T> four = bounds.FourRows;
            for (; row >= 4; row -= 4, sums += 4 * sumStride, output += 4 * outputStride)
            {
                four.StoreSteps(
                    Steps(Value(sums), bounds), Steps(Value(sums + sumStride), bounds),
                    Steps(Value(sums + 2 * sumStride), bounds), Steps(Value(sums + 3 * sumStride), bounds), (byte*)output, outputStride);
            }
        }
        // Two rows at a time pay for the loop once, and one does not wait for the other. Nor do the two vectors of Lanes4x2; and the
        // compiler inlines no more than one long activation of them, so that it must not even see the others.
        if (typeof(T) != typeof(Lanes4x2) || typeof(TFunction) == typeof(FloatFunctions.Identity))
        {
            for (; row > 1; row -= 2, sums += 2 * sumStride, output += 2 * outputStride)
            {
                T first = Value(sums), second = Value(sums + sumStride);
                Store(first, bounds, output);
                Store(second, bounds, output + outputStride);
            }
        }
        for (; row > 0; row--, sums += sumStride, output += outputStride) Store(Value(sums), bounds, output);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        T Value(int* sums) => _activation.Apply(Scaled(T.FromBits(T.Load((float*)sums)), factor, bias));
    }

    private void AddingColumn<T>(in Block block, int channel, int column) where T : unmanaged, ILanes<T>
    {
        T factor = T.Load(_factor + channel + column), bias = T.Load(_bias + channel + column);
        T scale = T.Load(_residualScale + channel + column), zero = T.Of(_residualZero);
        Rounding.Bounds<T> bounds = Bounds<T>(channel + column);
        int* sums = block.Sums + column;
        byte* residual = block.Residual + column;
        TOutput* output = (TOutput*)block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride, residualStride = block.ResidualStride;
        int row = block.Rows;
        if (typeof(T) != typeof(Lanes4x2) && StoresFourRows<T>() && row >= 4)
        {
            FourRows<T> four = bounds.FourRows;
            for (; row >= 4; row -= 4, sums += 4 * sumStride, output += 4 * outputStride, residual += 4 * residualStride)
            {
                four.StoreSteps(
                    Steps(Value(sums, residual), bounds), Steps(Value(sums + sumStride, residual + residualStride), bounds),
                    Steps(Value(sums + 2 * sumStride, residual + 2 * residualStride), bounds),
                    Steps(Value(sums + 3 * sumStride, residual + 3 * residualStride), bounds), (byte*)output, outputStride);
            }
        }
        for (; row > 0; row--, sums += sumStride, output += outputStride, residual += residualStride)
            Store(Value(sums, residual), bounds, output);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        T Value(int* sums, byte* residual)
        {
            // The difference is exact and the same whichever type stores it; a zero point times the scale would be rounded differently.
            T added = Stored.Load<T>(residual) - zero, value = T.Fma(T.FromBits(T.Load((float*)sums)), factor, bias);
            return _residualLast ? T.Fma(added, scale, _activation.Apply(value)) : _activation.Apply(T.Fma(added, scale, value));
        }
    }

    /// <summary>
    /// Where floats are made, the product is rounded before the bias is added: as ONNX's operators one by one do, and so as other
    /// runtimes do. What is rounded to 8 bits anyway is spared that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Scaled<T>(T sum, T factor, T bias) where T : unmanaged, ILanes<T> =>
        typeof(TOutput) == typeof(float) ? (sum * factor) + bias : T.Fma(sum, factor, bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool StoresFourRows<T>() where T : unmanaged, ILanes<T> =>
        typeof(TOutput) == typeof(byte) && FourRows<T>.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Steps<T>(T value, in Rounding.Bounds<T> bounds) where T : unmanaged, ILanes<T> =>
        MakesSteps ? value : bounds.Steps(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(T value, in Rounding.Bounds<T> bounds, TOutput* output) where T : unmanaged, ILanes<T>
    {
        if (typeof(TOutput) == typeof(float)) value.Store((float*)output);
        else if (MakesSteps) bounds.StoreSteps(value, (byte*)output);
        else bounds.Store(value, (byte*)output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Rounding.Bounds<T> Bounds<T>(int channel) where T : unmanaged, ILanes<T> =>
        typeof(TOutput) == typeof(float) ? default : _rounding.IsPerChannel ? _rounding.Of<T>(channel) : _rounding.Of<T>();
}
