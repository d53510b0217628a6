using System.Runtime.CompilerServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>What the sums stand for and what is done to them before they are stored.</summary>
/// <param name="Factor">For each output channel the real value of a sum of one: data scale * weight scale.</param>
/// <param name="Bias">For each output channel, a real value.</param>
/// <param name="Residual">How the residual is stored, one scale and zero point; null when none is added.</param>
/// <param name="ResidualLast">Whether it is added after the activation.</param>
/// <param name="Activation">Applied to the real value, or null.</param>
internal sealed record SumsMeaning(float[] Factor, float[] Bias, QuantizedScale? Residual, bool ResidualLast, Operator? Activation)
{
    /// <summary>What makes these sums the stored output; null: floats.</summary>
    /// <exception cref="ModelException">The activation has no kernel that could follow.</exception>
    public Epilogue To(QuantizedScale? output, Weights weights)
    {
        // Rounding is monotonous, so that a clamp goes into the bounds of saturation.
        bool clamps = output is not null && Activation is Relu or Clip && (Residual is null || !ResidualLast);
        if (Activation is null || clamps) return new Maker(this, output, clamps ? Activation : null, weights).Of(default(FloatFunctions.Identity));
        Map function = Activations.Of(Activation) ?? throw new ModelException($"{Activation.Name} cannot follow a product of integers.");
        return function.Make(new Maker(this, output, null, weights));
    }

    private sealed record Maker(SumsMeaning Meaning, QuantizedScale? Output, Operator? Clamp, Weights Weights) : IForFunctions<Epilogue>
    {
        public Epilogue Of<TFunction>(TFunction function) where TFunction : struct, IFunction => Output is { } output
            ? new Requantize<TFunction>(Meaning, function, new Rounding(output, Meaning.Factor.Length, Weights, Clamp), Weights)
            : new Dequantize<TFunction>(Meaning, function, Weights);
    }
}

/// <summary>
/// From sums to real values: activation(sum * factor + bias + residual), or the residual after the activation. Every operation is one of single precision,
/// so the bits are the same on every processor.
/// </summary>
internal readonly unsafe struct RealValue<TFunction> where TFunction : struct, IFunction
{
    private readonly float* _factor;
    private readonly float* _bias;
    private readonly TFunction _activation;
    private readonly bool _residualLast;
    private readonly float _residualScale;
    private readonly float _residualShift;

    public RealValue(SumsMeaning meaning, TFunction activation, Weights weights)
    {
        _factor = weights.Copy<float>(meaning.Factor);
        _bias = weights.Copy<float>(meaning.Bias);
        (_activation, _residualLast) = (activation, meaning.ResidualLast);
        if (meaning.Residual is not { } residual) return;
        _residualScale = residual.Scale[0];
        _residualShift = -residual.Scale[0] * residual.Stored(Cpu.Int8Data).Zero[0];
    }

    /// <summary>The factors of channels from <paramref name="channel"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Factor<T>(int channel) where T : unmanaged, ILanes<T> => T.Load(_factor + channel);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Bias<T>(int channel) where T : unmanaged, ILanes<T> => T.Load(_bias + channel);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T>(int* sums, T factor, T bias) where T : unmanaged, ILanes<T> => _activation.Apply(Scaled(sums, factor, bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T>(int* sums, T factor, T bias, byte* residual) where T : unmanaged, ILanes<T>
    {
        T added = T.Fma(Stored.Load<T>(residual), T.Of(_residualScale), T.Of(_residualShift)), value = Scaled(sums, factor, bias);
        return _residualLast ? _activation.Apply(value) + added : _activation.Apply(value + added);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Scaled<T>(int* sums, T factor, T bias) where T : unmanaged, ILanes<T> => T.Fma(T.FromBits(T.Load((float*)sums)), factor, bias);
}

/// <summary>Real values, stored as floats.</summary>
internal sealed unsafe class Dequantize<TFunction>(SumsMeaning meaning, TFunction activation, Weights weights) : Epilogue where TFunction : struct, IFunction
{
    private readonly RealValue<TFunction> _value = new(meaning, activation, weights);

    public override int OutputSize => sizeof(float);

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = Rows<Lanes16>(sums, sumStride, rows, channel, i, count, residual, residualStride, (float*)output, outputStride);
        if (Cpu.Lanes >= 8) i = Rows<Lanes8>(sums, sumStride, rows, channel, i, count, residual, residualStride, (float*)output, outputStride);
        if (Cpu.Lanes >= 4) i = Rows<Lanes4>(sums, sumStride, rows, channel, i, count, residual, residualStride, (float*)output, outputStride);
        Rows<Lanes1>(sums, sumStride, rows, channel, i, count, residual, residualStride, (float*)output, outputStride);
    }

    /// <summary>Channels outside, rows inside: what belongs to some channels stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Rows<T>(
        int* sums, nint sumStride, int rows, int channel, int i, int count, byte* residual, nint residualStride, float* output, nint outputStride)
        where T : unmanaged, ILanes<T>
    {
        for (; i <= count - T.Count; i += T.Count)
        {
            RealValue<TFunction> value = _value;
            T factor = value.Factor<T>(channel + i), bias = value.Bias<T>(channel + i);
            int* sum = sums + i;
            float* to = output + i;
            byte* added = residual + i;
            for (int row = 0; row < rows; row++, sum += sumStride, to += outputStride, added += residualStride)
                (residual == null ? value.Of(sum, factor, bias) : value.Of(sum, factor, bias, added)).Store(to);
        }
        return i;
    }
}

/// <summary>Real values, stored as 8-bit integers (<see cref="Rounding"/>).</summary>
internal sealed unsafe class Requantize<TFunction>(SumsMeaning meaning, TFunction activation, Rounding rounding, Weights weights) : Epilogue
    where TFunction : struct, IFunction
{
    private readonly RealValue<TFunction> _value = new(meaning, activation, weights);
    private readonly Rounding _rounding = rounding;

    public override int OutputSize => sizeof(byte);

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = Rows<Lanes16>(sums, sumStride, rows, channel, i, count, residual, residualStride, output, outputStride);
        if (Cpu.Lanes >= 8) i = Rows<Lanes8>(sums, sumStride, rows, channel, i, count, residual, residualStride, output, outputStride);
        if (Cpu.Lanes >= 4) i = Rows<Lanes4>(sums, sumStride, rows, channel, i, count, residual, residualStride, output, outputStride);
        Rows<Lanes1>(sums, sumStride, rows, channel, i, count, residual, residualStride, output, outputStride);
    }

    /// <summary>Channels outside, rows inside: what belongs to some channels stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Rows<T>(
        int* sums, nint sumStride, int rows, int channel, int i, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
        where T : unmanaged, ILanes<T>
    {
        for (; i <= count - T.Count; i += T.Count)
        {
            RealValue<TFunction> value = _value;
            T factor = value.Factor<T>(channel + i), bias = value.Bias<T>(channel + i);
            Rounding.Bounds<T> bounds = _rounding.IsPerChannel ? _rounding.Of<T>(channel + i) : _rounding.Of<T>();
            int* sum = sums + i;
            byte* to = output + i, added = residual + i;
            if (residual == null)
            {
                for (int row = 0; row < rows; row++, sum += sumStride, to += outputStride) bounds.Store(value.Of(sum, factor, bias), to);
            }
            else
            {
                for (int row = 0; row < rows; row++, sum += sumStride, to += outputStride, added += residualStride)
                    bounds.Store(value.Of(sum, factor, bias, added), to);
            }
        }
        return i;
    }
}
