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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T>(int* sums, int channel) where T : unmanaged, ILanes<T> => _activation.Apply(Scaled<T>(sums, channel));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T>(int* sums, int channel, byte* residual) where T : unmanaged, ILanes<T>
    {
        T added = T.Fma(Stored.Load<T>(residual), T.Of(_residualScale), T.Of(_residualShift)), value = Scaled<T>(sums, channel);
        return _residualLast ? _activation.Apply(value) + added : _activation.Apply(value + added);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Scaled<T>(int* sums, int channel) where T : unmanaged, ILanes<T> =>
        T.Fma(T.FromBits(T.Load((float*)sums)), T.Load(_factor + channel), T.Load(_bias + channel));
}

/// <summary>Real values, stored as floats.</summary>
internal sealed unsafe class Dequantize<TFunction>(SumsMeaning meaning, TFunction activation, Weights weights) : Epilogue where TFunction : struct, IFunction
{
    private readonly RealValue<TFunction> _value = new(meaning, activation, weights);

    public override int OutputSize => sizeof(float);

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        for (int row = 0; row < rows; row++, sums += sumStride, output += outputStride * sizeof(float))
        {
            byte* added = residual == null ? null : residual + row * residualStride;
            int i = 0;
            if (Cpu.Lanes >= 16) i = Row<Lanes16>(sums, channel, added, (float*)output, i, count);
            if (Cpu.Lanes >= 8) i = Row<Lanes8>(sums, channel, added, (float*)output, i, count);
            if (Cpu.Lanes >= 4) i = Row<Lanes4>(sums, channel, added, (float*)output, i, count);
            Row<Lanes1>(sums, channel, added, (float*)output, i, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Row<T>(int* sums, int channel, byte* residual, float* output, int i, int count) where T : unmanaged, ILanes<T>
    {
        if (residual == null)
        {
            for (; i <= count - T.Count; i += T.Count) _value.Of<T>(sums + i, channel + i).Store(output + i);
        }
        else
        {
            for (; i <= count - T.Count; i += T.Count) _value.Of<T>(sums + i, channel + i, residual + i).Store(output + i);
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
        for (int row = 0; row < rows; row++, sums += sumStride, output += outputStride)
        {
            byte* added = residual == null ? null : residual + row * residualStride;
            int i = 0;
            if (Cpu.Lanes >= 16) i = Row<Lanes16>(sums, channel, added, output, i, count);
            if (Cpu.Lanes >= 8) i = Row<Lanes8>(sums, channel, added, output, i, count);
            if (Cpu.Lanes >= 4) i = Row<Lanes4>(sums, channel, added, output, i, count);
            Row<Lanes1>(sums, channel, added, output, i, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Row<T>(int* sums, int channel, byte* residual, byte* output, int i, int count) where T : unmanaged, ILanes<T>
    {
        RealValue<TFunction> value = _value;
        if (_rounding.IsPerChannel)
        {
            for (; i <= count - T.Count; i += T.Count)
            {
                T real = residual == null ? value.Of<T>(sums + i, channel + i) : value.Of<T>(sums + i, channel + i, residual + i);
                _rounding.Of<T>(channel + i).Store(real, output + i);
            }
            return i;
        }
        Rounding.Bounds<T> bounds = _rounding.Of<T>();
        if (residual == null)
        {
            for (; i <= count - T.Count; i += T.Count) bounds.Store(value.Of<T>(sums + i, channel + i), output + i);
        }
        else
        {
            for (; i <= count - T.Count; i += T.Count) bounds.Store(value.Of<T>(sums + i, channel + i, residual + i), output + i);
        }
        return i;
    }
}
