using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Int8;

internal sealed unsafe partial class Requantize<TFunction, TOutput>
{
    private const int NeonLanes = 8;

    private int NeonColumns(in Block block, int channel, int i, int count)
    {
        for (; i <= count - NeonLanes; i += NeonLanes) NeonColumn(block, channel, i);
        return i;
    }

    /// <summary>
    /// Steps of eight columns. NEON rounds to the nearest integer, ties to even, in one instruction, and what it narrows it saturates, so
    /// that the bounds have to be kept only at the end, on bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void NeonColumn(in Block block, int channel, int column)
    {
        Vector128<float> factor0 = Vector128.Load(_factor + channel + column), factor1 = Vector128.Load(_factor + channel + column + 4);
        float* bias = _bias + channel + column;
        Rounding.Bytes bytes = _rounding.BytesOf(channel + column);
        int* sums = block.Sums + column;
        byte* output = (byte*)block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride;
        int row = block.Rows;
        for (; row > 1; row -= 2, sums += 2 * sumStride, output += 2 * outputStride)
        {
            Vector128<short> first = Rounding.NeonSteps(sums, factor0, factor1, bias), second = Rounding.NeonSteps(sums + sumStride, factor0, factor1, bias);
            bytes.Store(first, output);
            bytes.Store(second, output + outputStride);
        }
        if (row > 0) bytes.Store(Rounding.NeonSteps(sums, factor0, factor1, bias), output);
    }
}
