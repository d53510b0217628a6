using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

/// <summary>
/// SiLU between sums and 8-bit outputs, in fixed point of 16 bits. It needs half of the instructions of the exact function and no
/// division. At the finest scale that it takes it differs from it by up to 0.5 output steps, at 0.004 by 0.2, at 0.02 by 0.04. With the
/// real value x of a sum counted in units of 2^-k output steps, 2 &lt;= k &lt;= 7:
/// <code>
/// silu(x) = max(x, 0) - t * sigmoid(-t), t = |x|
/// sigmoid(-t) = p(t)^8, p of the fifth degree, t up to 11
/// output = round(silu * 2^-k) + zero point
/// </code>
/// p is evaluated about the middle of its range. A residual of 8 bits is added behind the function.
/// </summary>
internal sealed unsafe partial class FixedPointSilu : Epilogue
{
    /// <summary>
    /// Coefficients of t^0 to t^5, fitted so that the largest error of t * p(t)^8 for t from 0 to <see cref="Reach"/> is least: 1.2e-4.
    /// </summary>
    private static readonly double[] Coefficients =
    [
        0.916698113363071, -0.05527498993519512, -0.016422119679106117, 0.003935296975817469, -0.00036048210461449027, 1.2336426712977651e-05,
    ];

    /// <summary>Beyond it t * sigmoid(-t) is less than 2e-4, and counts as there.</summary>
    private const double Reach = 11;

    private const int FewestFractionBits = 2, MostFractionBits = 7, One = 1 << 15;

    /// <summary>A coarser one would leave hardly any bits to what lies between 0 and <see cref="Reach"/>.</summary>
    private const float CoarsestScale = 8;

    /// <summary>Bits that a residual is shifted by, so that its factor can be a fraction of 16 bits.</summary>
    private const int ResidualShift = 7;

    private readonly float* _factor;
    private readonly float* _bias;
    private readonly Tables _tables;

    /// <param name="meaning">What the sums stand for.</param>
    /// <param name="output">How the results are stored.</param>
    /// <param name="weights">Where tables are kept.</param>
    private FixedPointSilu(SumsMeaning meaning, QuantizedScale output, Weights weights)
    {
        int channels = meaning.Factor.Length;
        // Vectors of constants are read whole.
        int room = channels + IntegerLanes16.Count;
        _factor = weights.Allocate<float>(room);
        _bias = weights.Allocate<float>(room);
        _tables = new Tables(weights, room);
        QuantizedScale stored = output.Stored(Cpu.Int8Data);
        for (int c = 0; c < channels; c++)
        {
            int group = output.IsPerTensor ? 0 : c;
            float scale = output.Scale[group];
            int bits = FractionBits(scale, meaning.Residual);
            float unit = scale / (1 << bits);
            (_factor[c], _bias[c]) = (Finite(meaning.Factor[c] / unit), Finite(meaning.Bias[c] / unit));
            _tables.Set(c, unit, bits, stored.Zero[group]);
            if (meaning.Residual is { } residual)
                _tables.SetResidual(c, ResidualFactor(residual, unit), residual.Stored(Cpu.Int8Data).Zero[0]);
        }
    }

    public override int OutputSize => 1;

    /// <summary>The epilogue, or null where it would be too coarse or does not apply.</summary>
    public static FixedPointSilu? For(SumsMeaning meaning, QuantizedScale output, Weights weights)
    {
        if (meaning.Activation is not Silu || meaning.RunFactor is not null) return null;
        if (meaning.Residual is not null && !meaning.ResidualLast) return null;
        foreach (float scale in output.Scale)
        {
            int bits = FractionBits(scale, meaning.Residual);
            if (bits < FewestFractionBits || scale > CoarsestScale) return null;
            if (meaning.Residual is { } residual && ResidualFactor(residual, scale / (1 << bits)) >= One) return null;
        }
        return new FixedPointSilu(meaning, output, weights);
    }

    /// <summary>
    /// As many as leave room for <see cref="Reach"/> in 16 bits; with a residual one bit less, so that the factor of one as coarse as the
    /// output is a fraction.
    /// </summary>
    private static int FractionBits(float scale, QuantizedScale? residual) =>
        Math.Min(residual is null ? MostFractionBits : MostFractionBits - 1, Math.ILogB(short.MaxValue / Reach * scale));

    private static double ResidualFactor(QuantizedScale residual, float unit) =>
        Math.Round((double)residual.Scale[0] / unit * (One >> ResidualShift));

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        Block block = new(sums, sumStride, rows, residual, residualStride, output, outputStride);
        int i = 0;
        if (Cpu.HasAvx512) i = Columns<Lanes16, IntegerLanes16>(block, channel, i, count);
        if (Cpu.HasAvx2) i = Columns<Lanes8, IntegerLanes8>(block, channel, i, count);
        if (Cpu.HasNeon) i = NeonColumns(block, channel, i, count);
        if (Cpu.HasVector128) i = Columns<Lanes4, IntegerLanes4>(block, channel, i, count);
        Columns<Lanes1, IntegerLanes1>(block, channel, i, count);
    }

    private int Columns<TFloats, T>(in Block block, int channel, int i, int count)
        where TFloats : unmanaged, ILanes<TFloats> where T : unmanaged, IIntegerLanes<T>
    {
        for (; i <= count - T.Count; i += T.Count)
        {
            if (block.Residual == null) Column<TFloats, T>(block, channel, i);
            else AddingColumn<TFloats, T>(block, channel, i);
        }
        return i;
    }

    /// <summary>All rows of some columns, four at a time. What is missing of the last four is done as if it were the first again.</summary>
    private void Column<TFloats, T>(in Block block, int channel, int column)
        where TFloats : unmanaged, ILanes<TFloats> where T : unmanaged, IIntegerLanes<T>
    {
        TFloats factor = TFloats.Load(_factor + channel + column), bias = TFloats.Load(_bias + channel + column);
        Function<T> function = _tables.OfRows<T>(channel + column);
        int* sums = block.Sums + column;
        byte* output = block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride;
        for (int rows = block.Rows; rows > 0; rows -= 4, sums += 4 * sumStride, output += 4 * outputStride)
        {
            nint second = rows > 1 ? 1 : 0, third = rows > 2 ? 2 : 0, fourth = rows > 3 ? 3 : 0;
            T upper = function.Steps(function.Apply(Narrow<TFloats, T>(sums, sums + second * sumStride, factor, bias)));
            T lower = function.Steps(function.Apply(
                Narrow<TFloats, T>(sums + third * sumStride, sums + fourth * sumStride, factor, bias)));
            T.NarrowRows(upper, lower).StoreRows(
                output, output + second * outputStride, output + third * outputStride, output + fourth * outputStride);
        }
    }

    private void AddingColumn<TFloats, T>(in Block block, int channel, int column)
        where TFloats : unmanaged, ILanes<TFloats> where T : unmanaged, IIntegerLanes<T>
    {
        TFloats factor = TFloats.Load(_factor + channel + column), bias = TFloats.Load(_bias + channel + column);
        Function<T> function = _tables.OfRows<T>(channel + column);
        Added<T> added = _tables.AddedOfRows<T>(channel + column);
        int* sums = block.Sums + column;
        byte* output = block.Output + column, residual = block.Residual + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride, residualStride = block.ResidualStride;
        for (int rows = block.Rows; rows > 0; rows -= 4)
        {
            nint second = rows > 1 ? 1 : 0, third = rows > 2 ? 2 : 0, fourth = rows > 3 ? 3 : 0;
            T upper = function.Apply(Narrow<TFloats, T>(sums, sums + second * sumStride, factor, bias));
            T lower = function.Apply(Narrow<TFloats, T>(sums + third * sumStride, sums + fourth * sumStride, factor, bias));
            upper = function.Steps(added.To(upper, T.WidenRows(residual, residual + second * residualStride)));
            lower = function.Steps(added.To(lower, T.WidenRows(residual + third * residualStride, residual + fourth * residualStride)));
            T.NarrowRows(upper, lower).StoreRows(
                output, output + second * outputStride, output + third * outputStride, output + fourth * outputStride);
            sums += 4 * sumStride;
            output += 4 * outputStride;
            residual += 4 * residualStride;
        }
    }

    /// <summary>Real values of two rows in units, rounded half to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Narrow<TFloats, T>(int* first, int* second, TFloats factor, TFloats bias)
        where TFloats : unmanaged, ILanes<TFloats> where T : unmanaged, IIntegerLanes<T>
    {
        TFloats a = TFloats.Fma(TFloats.FromBits(TFloats.Load((float*)first)), factor, bias);
        TFloats b = TFloats.Fma(TFloats.FromBits(TFloats.Load((float*)second)), factor, bias);
        if (!Cpu.HasNeon) (a, b) = (TFloats.Min(a, TFloats.Of(short.MaxValue)), TFloats.Min(b, TFloats.Of(short.MaxValue)));
        return T.Narrow(Unsafe.BitCast<TFloats, T>(a), Unsafe.BitCast<TFloats, T>(b));
    }
}
