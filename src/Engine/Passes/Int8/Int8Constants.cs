using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

/// <summary>Reads the constants of quantised networks.</summary>
internal static class Int8Constants
{
    public static int[] Integers(Tensor tensor) => tensor.Type switch
    {
        ElementType.UInt8 => [.. tensor.As<byte>().ToArray().Select(value => (int)value)],
        ElementType.Int8 => [.. tensor.As<sbyte>().ToArray().Select(value => (int)value)],
        ElementType.UInt16 => [.. tensor.As<ushort>().ToArray().Select(value => (int)value)],
        ElementType.Int16 => [.. tensor.As<short>().ToArray().Select(value => (int)value)],
        _ => throw new ModelException($"Zero points of type {tensor.Type} do not belong to integers of 8 or 16 bits."),
    };

    /// <summary>
    /// The integers of constant weights and a scale for each output channel, from the DequantizeLinear that makes floats of them; null
    /// where they are no constants, or where their zero points would leave the range of signed bytes.
    /// </summary>
    /// <param name="maker">What makes the weights: DequantizeLinear, or a transposition of a matrix behind one.</param>
    /// <param name="makers">What makes each value.</param>
    /// <param name="channelAxis">The axis of the output channels in what <paramref name="maker"/> makes.</param>
    /// <param name="channels">How many there are.</param>
    public static Int8Weights? Weights(Instruction? maker, IReadOnlyDictionary<Value, Instruction> makers, int channelAxis, int channels)
    {
        if (maker is { Operator: Transpose { Permutation: [1, 0] } })
        {
            return makers.TryGetValue(maker.Inputs[0]!, out Instruction? source)
                && Weights(source, makers, 1 - channelAxis, channels) is { } transposed
                ? transposed with { Shape = new Shape(transposed.Shape[1], transposed.Shape[0]), IsTransposed = !transposed.IsTransposed }
                : null;
        }
        if (maker is not { Operator: DequantizeLinear op }
            || maker.Inputs[0] is not { Constant: { Type: ElementType.UInt8 or ElementType.Int8 } stored })
            return null;
        if (maker.Inputs[1]!.Constant is not { Type: ElementType.Float32 } scales || maker.Input(2) is { Constant: null }) return null;
        bool perTensor = scales.Shape.Count == 1;
        if (!perTensor && (op.Axis != channelAxis || scales.Shape.Count != channels)) return null;
        Quantization.Check(scales, maker.ToString(), maker.Inputs[1]!.Name);
        int[] zeros = maker.Input(2)?.Constant is { } zero ? Integers(zero) : [0];
        long inner = stored.Shape.CountBetween(op.Axis < stored.Shape.Rank ? op.Axis + 1 : stored.Shape.Rank, stored.Shape.Rank);
        if (Shifted(stored, zeros, inner) is not { } weights) return null;
        float[] scale = new float[channels];
        for (int c = 0; c < channels; c++) scale[c] = scales.As<float>()[perTensor ? 0 : c];
        return new Int8Weights(stored.Shape, weights, scale);
    }

    /// <summary>Integers less their zero points; null where one leaves the range of signed bytes.</summary>
    /// <param name="stored">UInt8 or Int8.</param>
    /// <param name="zeros">One, or one per channel.</param>
    /// <param name="inner">How many neighbours have the same channel.</param>
    public static sbyte[]? Shifted(Tensor stored, int[] zeros, long inner)
    {
        if (stored.Type == ElementType.Int8 && !zeros.AsSpan().ContainsAnyExcept(0)) return stored.As<sbyte>().ToArray();
        ReadOnlySpan<byte> bytes = stored.Bytes;
        int sign = stored.Type == ElementType.Int8 ? 0x80 : 0;
        sbyte[] weights = new sbyte[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            // A signed byte with its highest bit turned over is 128 more than it was.
            int weight = (bytes[i] ^ sign) - sign - zeros[zeros.Length == 1 ? 0 : (int)(i / inner % zeros.Length)];
            if (weight is < sbyte.MinValue or > sbyte.MaxValue) return null;
            weights[i] = (sbyte)weight;
        }
        return weights;
    }
}
