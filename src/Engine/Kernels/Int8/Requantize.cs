using System.Runtime.CompilerServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>What the sums stand for and what is done to them before they are stored.</summary>
/// <param name="Factor">For each output channel the real value of a sum of one: data scale * weight scale.</param>
/// <param name="Bias">For each output channel, a real value.</param>
/// <param name="Residual">How the residual is stored, one scale and zero point; null when none is added.</param>
/// <param name="ResidualLast">Whether it is added after the activation.</param>
/// <param name="Activation">Applied to the real value, or null.</param>
internal sealed record SumsMeaning(float[] Factor, float[] Bias, QuantizedScale? Residual, bool ResidualLast, Operator? Activation);

/// <summary>
/// From sums to real values: activation(sum * factor + bias + residual), or the residual after the activation. Every operation is one of single precision,
/// so the bits are the same on every processor.
/// </summary>
internal abstract unsafe class ScaledEpilogue : Epilogue
{
    private readonly float* _factor;
    private readonly float* _bias;
    private readonly Map? _activation;
    private readonly bool _residualLast;
    private readonly float _residualScale;
    private readonly float _residualShift;

    protected ScaledEpilogue(SumsMeaning meaning, Weights weights)
    {
        _factor = weights.Copy<float>(meaning.Factor);
        _bias = weights.Copy<float>(meaning.Bias);
        _residualLast = meaning.ResidualLast;
        _activation = meaning.Activation is { } activation
            ? Activations.Of(activation) ?? throw new ModelException($"{activation.Name} cannot follow a product of integers.")
            : null;
        if (meaning.Residual is not { } residual) return;
        _residualScale = residual.Scale[0];
        _residualShift = -residual.Scale[0] * residual.Stored(Cpu.Int8Data).Zero[0];
    }

    /// <summary>Makes real values of a row of sums, in place.</summary>
    protected void Floats(int* sums, int channel, int count, byte* residual)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = Scale<Lanes16>(sums, channel, i, count);
        if (Cpu.Lanes >= 8) i = Scale<Lanes8>(sums, channel, i, count);
        if (Cpu.Lanes >= 4) i = Scale<Lanes4>(sums, channel, i, count);
        Scale<Lanes1>(sums, channel, i, count);
        float* values = (float*)sums;
        if (residual != null && !_residualLast) AddResidual(values, residual, count);
        _activation?.Apply(values, values, count);
        if (residual != null && _residualLast) AddResidual(values, residual, count);
    }

    private int Scale<T>(int* sums, int channel, int i, int count) where T : unmanaged, ILanes<T>
    {
        for (; i <= count - T.Count; i += T.Count)
        {
            T sum = T.FromBits(T.Load((float*)(sums + i)));
            T.Fma(sum, T.Load(_factor + channel + i), T.Load(_bias + channel + i)).Store((float*)(sums + i));
        }
        return i;
    }

    private void AddResidual(float* values, byte* residual, int count)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = AddResidual<Lanes16>(values, residual, i, count);
        if (Cpu.Lanes >= 8) i = AddResidual<Lanes8>(values, residual, i, count);
        if (Cpu.Lanes >= 4) i = AddResidual<Lanes4>(values, residual, i, count);
        AddResidual<Lanes1>(values, residual, i, count);
    }

    private int AddResidual<T>(float* values, byte* residual, int i, int count) where T : unmanaged, ILanes<T>
    {
        T scale = T.Of(_residualScale), shift = T.Of(_residualShift);
        for (; i <= count - T.Count; i += T.Count) (T.Load(values + i) + T.Fma(Stored.Load<T>(residual + i), scale, shift)).Store(values + i);
        return i;
    }
}

/// <summary>Real values, stored as floats.</summary>
internal sealed unsafe class Dequantize(SumsMeaning meaning, Weights weights) : ScaledEpilogue(meaning, weights)
{
    public override int OutputSize => sizeof(float);

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        for (int row = 0; row < rows; row++, sums += sumStride)
        {
            Floats(sums, channel, count, residual == null ? null : residual + row * residualStride);
            new ReadOnlySpan<float>(sums, count).CopyTo(new Span<float>((float*)output + row * outputStride, count));
        }
    }
}

/// <summary>saturate(round half to even(real value / scale) + zero point), stored as 8-bit integers; the division is a multiplication by the inverse.</summary>
internal sealed unsafe class Requantize(SumsMeaning meaning, QuantizedScale output, Weights weights) : ScaledEpilogue(meaning, weights)
{
    private readonly Rounding _rounding = new(output, meaning.Factor.Length, weights);

    public override int OutputSize => sizeof(byte);

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        for (int row = 0; row < rows; row++, sums += sumStride)
        {
            Floats(sums, channel, count, residual == null ? null : residual + row * residualStride);
            _rounding.Store((float*)sums, channel, output + row * outputStride, count);
        }
    }
}

/// <summary>
/// <see cref="Requantize"/> in one pass, for sums that nothing but a clamp follows (no activation, Relu, Clip): scales of both sides are one factor, the bias and
/// both zero points are one summand, and clamping goes into the bounds of saturation. Rounding is monotonous, so that a clamp commutes with it.
/// </summary>
internal sealed unsafe class RequantizeAtOnce : Epilogue
{
    private readonly float* _factor;
    private readonly float* _bias;
    private readonly float _residualFactor;
    private readonly Rounding _rounding;

    public RequantizeAtOnce(SumsMeaning meaning, QuantizedScale output, Weights weights)
    {
        int channels = meaning.Factor.Length;
        _factor = weights.Allocate<float>(channels);
        _bias = weights.Allocate<float>(channels);
        _rounding = new Rounding(output, channels, weights, meaning.Activation);
        for (int c = 0; c < channels; c++)
        {
            double inverse = 1.0 / output.Scale[c % output.Scale.Length], bias = meaning.Bias[c];
            if (meaning.Residual is { } residual) bias -= (double)residual.Scale[0] * residual.Stored(Cpu.Int8Data).Zero[0];
            _factor[c] = (float)(meaning.Factor[c] * inverse);
            _bias[c] = (float)(bias * inverse);
        }
        if (meaning.Residual is { } added) _residualFactor = (float)(added.Scale[0] / (double)output.Scale[0]);
    }

    public override int OutputSize => sizeof(byte);

    /// <summary>Whether these sums can be finished so.</summary>
    public static bool Suits(SumsMeaning meaning, QuantizedScale output) =>
        meaning.Activation is null or Relu or Clip
        && (meaning.Residual is null || (output.Scale.Length == 1 && !(meaning.ResidualLast && meaning.Activation is not null)));

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        for (int row = 0; row < rows; row++, sums += sumStride, residual += residualStride, output += outputStride)
        {
            byte* added = _residualFactor == 0 ? null : residual;
            int i = 0;
            if (Cpu.Lanes >= 16) i = Row<Lanes16>(sums, channel, added, output, i, count);
            if (Cpu.Lanes >= 8) i = Row<Lanes8>(sums, channel, added, output, i, count);
            if (Cpu.Lanes >= 4) i = Row<Lanes4>(sums, channel, added, output, i, count);
            Row<Lanes1>(sums, channel, added, output, i, count);
        }
    }

    private int Row<T>(int* sums, int channel, byte* residual, byte* output, int i, int count) where T : unmanaged, ILanes<T>
    {
        float* factor = _factor + channel, bias = _bias + channel;
        T residualFactor = T.Of(_residualFactor);
        if (_rounding.IsPerChannel)
        {
            for (; i <= count - T.Count; i += T.Count) _rounding.StoreSteps(Steps<T>(sums + i, factor + i, bias + i), channel + i, output + i);
            return i;
        }
        T zero = _rounding.Zero<T>(), low = _rounding.Low<T>(), high = _rounding.High<T>();
        if (residual == null)
        {
            for (; i <= count - T.Count; i += T.Count) Rounding.StoreSteps(Steps<T>(sums + i, factor + i, bias + i), zero, low, high, output + i);
        }
        else
        {
            for (; i <= count - T.Count; i += T.Count)
                Rounding.StoreSteps(T.Fma(Stored.Load<T>(residual + i), residualFactor, Steps<T>(sums + i, factor + i, bias + i)), zero, low, high, output + i);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Steps<T>(int* sums, float* factor, float* bias) where T : unmanaged, ILanes<T> =>
        T.Fma(T.FromBits(T.Load((float*)sums)), T.Load(factor), T.Load(bias));
}
