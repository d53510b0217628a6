using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>
/// A vector of 128 bits. Pairs lie side by side where there is an instruction that adds the products of neighbours (SSE2); NEON
/// multiplies halves of vectors instead, so that there and in portable code the values of the first row fill the lower half and those
/// of the second the upper one.
/// </summary>
internal readonly unsafe struct IntegerLanes4(Vector128<int> value) : IIntegerLanes<IntegerLanes4>
{
    private readonly Vector128<int> _value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Load(void* source) => new(Vector128.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(void* destination) => _value.Store((int*)destination);

    /// <summary>Stores eight integers of 16 bits, saturated to signed bytes. NEON only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreEight(byte* destination) => AdvSimd.ExtractNarrowingSaturateLower(_value.AsInt16()).Store((sbyte*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Of(short value) => new(Vector128.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Widen(byte* source) => Widen(Vector64.Load(source).ToVector128Unsafe());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Pairs(byte* first, byte* second)
    {
        Vector128<uint> a = Vector128.CreateScalarUnsafe(*(uint*)first), b = Vector128.CreateScalarUnsafe(*(uint*)second);
        return Widen(Cpu.HasSse2 ? Sse2.UnpackLow(a.AsByte(), b.AsByte()) : a.WithElement(1, b.ToScalar()).AsByte());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Pairs(short* first, short* second)
    {
        Vector64<short> a = Vector64.Load(first), b = Vector64.Load(second);
        return new((Cpu.HasSse2 ? Sse2.UnpackLow(a.ToVector128Unsafe(), b.ToVector128Unsafe()) : Vector128.Create(a, b)).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Broadcast(void* pair) => Cpu.HasSse2
        ? new(Vector128.Create(*(int*)pair))
        : new(Vector128.Create(Vector64.Create(*(short*)pair), Vector64.Create(((short*)pair)[1])).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Multiply(IntegerLanes4 data, IntegerLanes4 weights)
    {
        Vector128<short> a = data._value.AsInt16(), b = weights._value.AsInt16();
        if (Cpu.HasSse2) return new(Sse2.MultiplyAddAdjacent(a, b));
        if (!Cpu.HasNeon) return MultiplyAdd(data, weights, default);
        return new(AdvSimd.MultiplyWideningUpperAndAdd(AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()), a, b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 MultiplyAdd(IntegerLanes4 data, IntegerLanes4 weights, IntegerLanes4 sums)
    {
        Vector128<short> a = data._value.AsInt16(), b = weights._value.AsInt16();
        if (Cpu.HasSse2) return new(Sse2.MultiplyAddAdjacent(a, b) + sums._value);
        if (Cpu.HasNeon)
        {
            Vector128<int> first = AdvSimd.MultiplyWideningLowerAndAdd(sums._value, a.GetLower(), b.GetLower());
            return new(AdvSimd.MultiplyWideningUpperAndAdd(first, a, b));
        }
        (Vector128<int> a0, Vector128<int> a1) = Vector128.Widen(a);
        (Vector128<int> b0, Vector128<int> b1) = Vector128.Widen(b);
        return new(a0 * b0 + a1 * b1 + sums._value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Add16(IntegerLanes4 a, IntegerLanes4 b) => new((a._value.AsInt16() + b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Subtract16(IntegerLanes4 a, IntegerLanes4 b) => new((a._value.AsInt16() - b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 ShiftLeft16(IntegerLanes4 a, int count) => new((a._value.AsInt16() << count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Add32(IntegerLanes4 a, IntegerLanes4 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Subtract32(IntegerLanes4 a, IntegerLanes4 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 ShiftLeft32(IntegerLanes4 a, int count) => new(a._value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 ShiftRight32(IntegerLanes4 a, int count) => new(a._value >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Multiply32(IntegerLanes4 a, int b) => new(a._value * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static IntegerLanes4 Widen(Vector128<byte> bytes) => new(
        Cpu.Int8Data == ElementType.Int8 ? Vector128.WidenLower(bytes.AsSByte()).AsInt32() : Vector128.WidenLower(bytes).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 LesserMagnitude16(IntegerLanes4 a, IntegerLanes4 most) =>
        new(Vector128.Min(Vector128.Abs(a._value.AsInt16()).AsUInt16(), most._value.AsUInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Max16(IntegerLanes4 a, IntegerLanes4 b) =>
        new(Vector128.Max(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Multiply16(IntegerLanes4 a, IntegerLanes4 b) => new((a._value.AsInt16() * b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 MultiplyFractions16(IntegerLanes4 a, IntegerLanes4 b)
    {
        Vector128<short> x = a._value.AsInt16(), y = b._value.AsInt16();
        if (Ssse3.IsSupported) return new(Ssse3.MultiplyHighRoundScale(x, y).AsInt32());
        if (Cpu.HasNeon) return new(AdvSimd.MultiplyRoundedDoublingSaturateHigh(x, y).AsInt32());
        (Vector128<int> x0, Vector128<int> x1) = Vector128.Widen(x);
        (Vector128<int> y0, Vector128<int> y1) = Vector128.Widen(y);
        Vector128<int> half = Vector128.Create(1 << 14);
        return new(Vector128.Narrow((x0 * y0 + half) >> 15, (x1 * y1 + half) >> 15).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 AddSaturated16(IntegerLanes4 a, IntegerLanes4 b) =>
        new(Vector128.AddSaturate(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Narrow(IntegerLanes4 first, IntegerLanes4 second)
    {
        Vector128<float> a = first._value.AsSingle(), b = second._value.AsSingle();
        if (Cpu.HasSse2)
            return new(Sse2.PackSignedSaturate(Sse2.ConvertToVector128Int32(a), Sse2.ConvertToVector128Int32(b)).AsInt32());
        if (Cpu.HasNeon)
        {
            Vector64<short> lower = AdvSimd.ExtractNarrowingSaturateLower(AdvSimd.ConvertToInt32RoundToEven(a));
            return new(AdvSimd.ExtractNarrowingSaturateUpper(lower, AdvSimd.ConvertToInt32RoundToEven(b)).AsInt32());
        }
        return new(Vector128.NarrowWithSaturation(
            Vector128.ConvertToInt32(Vector128.Round(a)), Vector128.ConvertToInt32(Vector128.Round(b))).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 Twice(short* values) => new(Vector128.Create(Unsafe.ReadUnaligned<long>(values)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 WidenRows(byte* first, byte* second) =>
        Widen(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(first)).WithElement(1, Unsafe.ReadUnaligned<uint>(second)).AsByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 NarrowRows(IntegerLanes4 firstTwo, IntegerLanes4 lastTwo)
    {
        Vector128<short> a = firstTwo._value.AsInt16(), b = lastTwo._value.AsInt16();
        return new(
            Cpu.Int8Data == ElementType.Int8 ? Vector128.NarrowWithSaturation(a, b).AsInt32()
            : Cpu.HasSse2 ? Sse2.PackUnsignedSaturate(a, b).AsInt32()
            : Vector128.NarrowWithSaturation(Vector128.Max(a, default).AsUInt16(), Vector128.Max(b, default).AsUInt16()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes4 MaxOfStored(IntegerLanes4 a, IntegerLanes4 b) => new(Cpu.Int8Data == ElementType.Int8
        ? Vector128.Max(a._value.AsSByte(), b._value.AsSByte()).AsInt32()
        : Vector128.Max(a._value.AsByte(), b._value.AsByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRows(byte* first, byte* second, byte* third, byte* fourth)
    {
        Unsafe.WriteUnaligned(first, _value[0]);
        Unsafe.WriteUnaligned(second, _value[1]);
        Unsafe.WriteUnaligned(third, _value[2]);
        Unsafe.WriteUnaligned(fourth, _value[3]);
    }
}
