namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

/// <summary>What becomes of the 32-bit sums of a product of integers: sum over taps and k of (data - its zero point) * weight.</summary>
internal abstract unsafe class Epilogue
{
    /// <summary>Bytes of an element of the output.</summary>
    public abstract int OutputSize { get; }

    /// <summary>What it reads when it runs, besides sums and residual.</summary>
    public virtual Buffer? Reads => null;

    /// <summary>
    /// Finishes rows x count sums of channels [channel, channel + count). Strides count elements of what they stride over; the sums may
    /// be overwritten.
    /// </summary>
    /// <param name="sums">Row after row.</param>
    /// <param name="sumStride">From one row of sums to the next.</param>
    /// <param name="rows">Output pixels, or rows of a matrix.</param>
    /// <param name="channel">The first column's channel.</param>
    /// <param name="count">Columns.</param>
    /// <param name="residual">8-bit values to add, row after row; null when there are none.</param>
    /// <param name="residualStride">From one row of them to the next.</param>
    /// <param name="output">Where the results go.</param>
    /// <param name="outputStride">From one row of them to the next.</param>
    public abstract void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride);

    /// <summary>A scale or an offset with which a sum becomes a number or infinite, never NaN.</summary>
    protected static float Finite(float value) => float.IsNaN(value) ? 0 : Math.Clamp(value, float.MinValue, float.MaxValue);

    /// <summary>What <see cref="Rows"/> is given, but for the columns.</summary>
    protected readonly struct Block(
        int* sums, nint sumStride, int rows, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        public readonly int* Sums = sums;
        public readonly nint SumStride = sumStride;
        public readonly int Rows = rows;
        public readonly byte* Residual = residual;
        public readonly nint ResidualStride = residualStride;
        public readonly byte* Output = output;
        public readonly nint OutputStride = outputStride;
    }
}

/// <summary>The sums themselves are wanted.</summary>
internal sealed unsafe class KeepSums : Epilogue
{
    public override int OutputSize => sizeof(int);

    public override void Rows(
        int* sums, nint sumStride, int rows, int channel, int count, byte* residual, nint residualStride, byte* output, nint outputStride)
    {
        for (int row = 0; row < rows; row++)
            new ReadOnlySpan<int>(sums + row * sumStride, count).CopyTo(new Span<int>((int*)output + row * outputStride, count));
    }
}
