using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

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
        // A sum is added to a copy of the bias, so that it costs nothing to load it again.
        float* bias = _bias + channel + column;
        Rounding.Bytes bytes = _rounding.BytesOf(channel + column);
        int* sums = block.Sums + column;
        byte* output = (byte*)block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride;
        int row = block.Rows;
        for (; row > 1; row -= 2, sums += 2 * sumStride, output += 2 * outputStride)
        {
            Vector128<short> first = NeonSteps(sums, factor0, factor1, bias), second = NeonSteps(sums + sumStride, factor0, factor1, bias);
            bytes.Store(first, output);
            bytes.Store(second, output + outputStride);
        }
        if (row > 0) bytes.Store(NeonSteps(sums, factor0, factor1, bias), output);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> NeonSteps(int* sums, Vector128<float> factor0, Vector128<float> factor1, float* bias)
    {
        Vector128<float> x0 = Vector128.ConvertToSingle(Vector128.Load(sums)), x1 = Vector128.ConvertToSingle(Vector128.Load(sums + 4));
        x0 = AdvSimd.FusedMultiplyAdd(Vector128.Load(bias), x0, factor0);
        x1 = AdvSimd.FusedMultiplyAdd(Vector128.Load(bias + 4), x1, factor1);
        return AdvSimd.ExtractNarrowingSaturateUpper(
            AdvSimd.ExtractNarrowingSaturateLower(AdvSimd.ConvertToInt32RoundToEven(x0)), AdvSimd.ConvertToInt32RoundToEven(x1));
    }
}
