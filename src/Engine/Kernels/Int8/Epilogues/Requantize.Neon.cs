using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

internal sealed unsafe partial class Requantize<TFunction, TOutput>
{
    private const int NeonLanes = 8;

    private int NeonColumns(in Block block, int channel, int i, int count)
    {
        for (; i <= count - NeonLanes; i += NeonLanes)
        {
            if (_rounding.Saturates) NeonColumn(block, channel, i, _rounding.SaturatedBytesOf(channel + i));
            else NeonColumn(block, channel, i, _rounding.BytesOf(channel + i));
        }
        return i;
    }

    /// <summary>
    /// Steps of eight columns. NEON rounds to the nearest integer, ties to even, in one instruction, and what it narrows it saturates, so
    /// that the bounds have to be kept only at the end, on bytes.
    /// </summary>
    private void NeonColumn<TBytes>(in Block block, int channel, int column, TBytes bytes) where TBytes : struct, Rounding.IBytes
    {
        Vector128<float> factor0 = Vector128.Load(_factor + channel + column), factor1 = Vector128.Load(_factor + channel + column + 4);
        float* bias = _bias + channel + column;
        int* sums = block.Sums + column;
        byte* output = block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride;
        int row = block.Rows;
        for (; row > 1; row -= 2, sums += 2 * sumStride, output += 2 * outputStride)
        {
            Vector128<short> first = Rounding.NeonSteps(sums, factor0, factor1, bias);
            Vector128<short> second = Rounding.NeonSteps(sums + sumStride, factor0, factor1, bias);
            bytes.Store(first, output);
            bytes.Store(second, output + outputStride);
        }
        if (row > 0) bytes.Store(Rounding.NeonSteps(sums, factor0, factor1, bias), output);
    }
}
