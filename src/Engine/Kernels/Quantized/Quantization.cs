using System.Numerics;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Quantized;

/// <summary>The map between stored integers and the real values that they stand for: real = scale * (stored - zero point).</summary>
internal readonly record struct Quantization(float Scale, int ZeroPoint)
{
    /// <summary>The map that an operator's scale and zero point inputs hold, one value each; a zero point that is left out is 0.</summary>
    public static Quantization Of(Buffer scale, Buffer? zeroPoint) => new(Value(scale, 0), zeroPoint is null ? 0 : Integer(zeroPoint, 0));

    /// <summary>A scale as a float.</summary>
    public static unsafe float Value(Buffer scale, int index) => scale.Type switch
    {
        ElementType.Float16 => (float)scale.As<Half>()[index],
        ElementType.Float64 => (float)scale.As<double>()[index],
        _ => scale.Floats[index],
    };

    /// <summary>An element of a buffer of integers.</summary>
    public static unsafe int Integer(Buffer buffer, long index) => buffer.Type switch
    {
        ElementType.Int8 => buffer.As<sbyte>()[index],
        ElementType.UInt8 => buffer.As<byte>()[index],
        ElementType.Int16 => buffer.As<short>()[index],
        ElementType.UInt16 => buffer.As<ushort>()[index],
        _ => buffer.As<int>()[index],
    };

    /// <summary>Refuses a constant scale that is not a positive number.</summary>
    /// <exception cref="ModelException">It is zero, negative, infinite or NaN.</exception>
    public static void Check(Operation operation, Buffer scale)
    {
        if (scale.Constant is { Type: ElementType.Float32 } scales)
            Check(scales, $"{operation.Operator.Name} '{operation.Name}'", scale.Name);
    }

    /// <summary>Refuses scales that are not all positive numbers.</summary>
    /// <param name="scales">Float32.</param>
    /// <param name="node">The node that has them, in words.</param>
    /// <param name="name">Their name.</param>
    /// <exception cref="ModelException">One is zero, negative, infinite or NaN.</exception>
    public static void Check(Tensor scales, string node, string name)
    {
        foreach (float value in scales.As<float>())
        {
            if (value > 0 && !float.IsInfinity(value)) continue;
            throw new ModelException(
                $"{node} has the scale {value} in '{name}'; scales must be positive numbers: quantise the model again.");
        }
    }

    public float Dequantize(int stored) => (stored - ZeroPoint) * Scale;

    /// <summary>saturate(round half to even(value / scale) + zero point); NaN gives the zero point.</summary>
    public T Quantize<T>(float value) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => Store<T>(value / Scale);

    /// <summary>saturate(round half to even(steps) + zero point); NaN gives the zero point.</summary>
    public T Store<T>(float steps) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        T.CreateSaturating((float.IsNaN(steps) ? 0f : MathF.Round(steps)) + ZeroPoint);
}
