using System.Numerics;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

/// <summary>Tensors for kernel tests.</summary>
internal static class Values
{
    public static Shape Shape(params ReadOnlySpan<int> extents) => new(extents);

    /// <summary>Floats from -range to range.</summary>
    public static Tensor Random(int seed, Shape shape, float range = 4f)
    {
        Random random = new(seed);
        float[] values = new float[shape.Count];
        foreach (ref float value in values.AsSpan()) value = (random.NextSingle() * 2 - 1) * range;
        return Tensor.Of(shape, values);
    }

    /// <summary>Integers from low up to, not including, high.</summary>
    public static Tensor Random<T>(int seed, Shape shape, int low, int high) where T : unmanaged, INumber<T>
    {
        Random random = new(seed);
        T[] values = new T[shape.Count];
        foreach (ref T value in values.AsSpan()) value = T.CreateChecked(random.Next(low, high));
        return Tensor.Of(shape, values);
    }

    /// <summary>0, 1, 2 ...</summary>
    public static Tensor Counting(params ReadOnlySpan<int> extents)
    {
        Shape shape = new(extents);
        return Tensor.Of(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(i => (float)i)]);
    }

    public static Tensor Vector(params ReadOnlySpan<float> values) => Tensor.Of(new Shape(values.Length), values);

    public static Tensor Scalar<T>(T value) where T : unmanaged => Tensor.Of(EdgeCnn.Models.Shape.Scalar, [value]);

    /// <summary>What the processor keeps of a byte from 0 to 255 of a quantised file.</summary>
    public static byte Stored(int value) => (byte)(Cpu.Int8Data == ElementType.Int8 ? value - 128 : value);

    /// <summary>Every index of a shape, the last axis fastest.</summary>
    public static IEnumerable<int[]> Indices(Shape shape)
    {
        for (long flat = 0; flat < shape.Count; flat++)
        {
            int[] index = new int[shape.Rank];
            long rest = flat;
            for (int axis = shape.Rank - 1; axis >= 0; axis--) (rest, index[axis]) = (rest / shape[axis], (int)(rest % shape[axis]));
            yield return index;
        }
    }

    /// <summary>The flat index of an index, axes that the shape lacks or has only once being broadcast.</summary>
    public static int Flat(Shape shape, ReadOnlySpan<int> index)
    {
        int flat = 0;
        for (int axis = 0; axis < shape.Rank; axis++)
            flat = flat * shape[axis] + (shape[axis] == 1 ? 0 : index[index.Length - shape.Rank + axis]);
        return flat;
    }

    /// <summary>
    /// Fails, with the place and the context, where two tensors differ by more than the tolerances allow; NaN equals NaN.
    /// </summary>
    public static void Close(Tensor expected, Tensor actual, double relative, double absolute, string context)
    {
        Assert.True(
            expected.Shape.Equals(actual.Shape) && expected.Type == actual.Type, $"{context}: expected {expected.Info}, got {actual.Info}");
        for (int i = 0; i < expected.Shape.Count; i++)
        {
            (double e, double a) = (At(expected, i), At(actual, i));
            bool close = e.Equals(a) || e == a || Math.Abs(e - a) <= absolute + relative * Math.Abs(e);
            Assert.True(close, $"{context}: element {i} of {expected.Shape} is {a}, not {e}");
        }
    }

    public static double At(Tensor tensor, int i) => tensor.Type switch
    {
        ElementType.Float32 => tensor.As<float>()[i],
        ElementType.Float64 => tensor.As<double>()[i],
        ElementType.Float16 => (double)tensor.As<Half>()[i],
        ElementType.Int8 => tensor.As<sbyte>()[i],
        ElementType.UInt8 => tensor.As<byte>()[i],
        ElementType.Int16 => tensor.As<short>()[i],
        ElementType.UInt16 => tensor.As<ushort>()[i],
        ElementType.Int32 => tensor.As<int>()[i],
        ElementType.UInt32 => tensor.As<uint>()[i],
        ElementType.Int64 => tensor.As<long>()[i],
        ElementType.UInt64 => tensor.As<ulong>()[i],
        _ => tensor.As<bool>()[i] ? 1 : 0,
    };
}
