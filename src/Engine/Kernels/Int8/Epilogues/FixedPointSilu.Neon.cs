using System.Runtime.Intrinsics;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

internal sealed unsafe partial class FixedPointSilu
{
    private const int NeonLanes = 8;

    /// <summary>
    /// NEON has registers enough for what belongs to eight columns, and stores the eight bytes of a row by one instruction.
    /// </summary>
    private int NeonColumns(in Block block, int channel, int i, int count)
    {
        for (; i <= count - NeonLanes; i += NeonLanes)
        {
            if (block.Residual == null) NeonColumn(block, channel, i);
            else AddingNeonColumn(block, channel, i);
        }
        return i;
    }

    private void NeonColumn(in Block block, int channel, int column)
    {
        float* factor = _factor + channel + column, bias = _bias + channel + column;
        Vector128<float> factor0 = Vector128.Load(factor), factor1 = Vector128.Load(factor + 4);
        Function<IntegerLanes4> function = _tables.OfChannels<IntegerLanes4>(channel + column);
        int* sums = block.Sums + column;
        byte* output = block.Output + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride;
        for (int row = block.Rows; row > 0; row--, sums += sumStride, output += outputStride)
            function.Steps(function.Apply(new(Rounding.NeonSteps(sums, factor0, factor1, bias).AsInt32()))).StoreEight(output);
    }

    private void AddingNeonColumn(in Block block, int channel, int column)
    {
        float* factor = _factor + channel + column, bias = _bias + channel + column;
        Vector128<float> factor0 = Vector128.Load(factor), factor1 = Vector128.Load(factor + 4);
        Function<IntegerLanes4> function = _tables.OfChannels<IntegerLanes4>(channel + column);
        Added<IntegerLanes4> added = _tables.AddedOfChannels<IntegerLanes4>(channel + column);
        int* sums = block.Sums + column;
        byte* output = block.Output + column, residual = block.Residual + column;
        nint sumStride = block.SumStride, outputStride = block.OutputStride, residualStride = block.ResidualStride;
        for (int row = block.Rows; row > 0; row--, sums += sumStride, output += outputStride, residual += residualStride)
        {
            IntegerLanes4 units = function.Apply(new(Rounding.NeonSteps(sums, factor0, factor1, bias).AsInt32()));
            function.Steps(added.To(units, IntegerLanes4.Widen(residual))).StoreEight(output);
        }
    }
}
