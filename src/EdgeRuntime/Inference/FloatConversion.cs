using System.Numerics;
using System.Runtime.InteropServices;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>
/// The values of inputs and outputs as float, whatever the model's own type. Towards integers they are rounded, halves to even, and
/// clamped; NaN becomes 0.
/// </summary>
internal static class FloatConversion
{
    /// <summary>Writes floats as elements of a model's type.</summary>
    public static void Store(ReadOnlySpan<float> values, ElementType type, Span<byte> elements)
    {
        switch (type)
        {
            case ElementType.Float32: values.CopyTo(MemoryMarshal.Cast<byte, float>(elements)); break;
            case ElementType.Float16: Round<Half>(values, elements); break;
            case ElementType.Float64: Round<double>(values, elements); break;
            case ElementType.UInt8: Clamp<byte>(values, elements); break;
            case ElementType.Int8: Clamp<sbyte>(values, elements); break;
            case ElementType.UInt16: Clamp<ushort>(values, elements); break;
            case ElementType.Int16: Clamp<short>(values, elements); break;
            case ElementType.UInt32: Clamp<uint>(values, elements); break;
            case ElementType.Int32: Clamp<int>(values, elements); break;
            case ElementType.UInt64: Clamp<ulong>(values, elements); break;
            case ElementType.Int64: Clamp<long>(values, elements); break;
            case ElementType.Bool: Test(values, elements); break;
            default: throw new ModelException($"Element type {(int)type} is not supported.");
        }
    }

    /// <summary>Reads elements of a model's type as floats.</summary>
    public static void Load(ReadOnlySpan<byte> elements, ElementType type, Span<float> values)
    {
        switch (type)
        {
            case ElementType.Float32: MemoryMarshal.Cast<byte, float>(elements).CopyTo(values); break;
            case ElementType.Float16: Widen<Half>(elements, values); break;
            case ElementType.Float64: Widen<double>(elements, values); break;
            case ElementType.UInt8 or ElementType.Bool: Widen<byte>(elements, values); break;
            case ElementType.Int8: Widen<sbyte>(elements, values); break;
            case ElementType.UInt16: Widen<ushort>(elements, values); break;
            case ElementType.Int16: Widen<short>(elements, values); break;
            case ElementType.UInt32: Widen<uint>(elements, values); break;
            case ElementType.Int32: Widen<int>(elements, values); break;
            case ElementType.UInt64: Widen<ulong>(elements, values); break;
            case ElementType.Int64: Widen<long>(elements, values); break;
            default: throw new ModelException($"Element type {(int)type} is not supported.");
        }
    }

    private static void Round<T>(ReadOnlySpan<float> values, Span<byte> elements) where T : unmanaged, INumberBase<T>
    {
        Span<T> to = MemoryMarshal.Cast<byte, T>(elements);
        for (int i = 0; i < to.Length; i++) to[i] = T.CreateTruncating(values[i]);
    }

    private static void Clamp<T>(ReadOnlySpan<float> values, Span<byte> elements) where T : unmanaged, INumberBase<T>
    {
        Span<T> to = MemoryMarshal.Cast<byte, T>(elements);
        for (int i = 0; i < to.Length; i++) to[i] = T.CreateSaturating(MathF.Round(values[i]));
    }

    private static void Test(ReadOnlySpan<float> values, Span<byte> elements)
    {
        for (int i = 0; i < elements.Length; i++) elements[i] = values[i] != 0 ? (byte)1 : (byte)0;
    }

    private static void Widen<T>(ReadOnlySpan<byte> elements, Span<float> values) where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(elements);
        for (int i = 0; i < from.Length; i++) values[i] = float.CreateTruncating(from[i]);
    }
}
