using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

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
}
