using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>A vector of 512 bits (AVX-512). On x86 stored data are unsigned.</summary>
internal readonly unsafe struct IntegerLanes16(Vector512<int> value) : IIntegerLanes<IntegerLanes16>
{
    private readonly Vector512<int> _value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Load(void* source) => new(Vector512.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(void* destination) => _value.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Of(short value) => new(Vector512.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Widen(byte* source) => new(Avx512BW.ConvertToVector512Int16(Vector256.Load(source)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Pairs(byte* first, byte* second) =>
        new(Avx512F.ConvertToVector512Int32(Vector128.Load(first)) | (Avx512F.ConvertToVector512Int32(Vector128.Load(second)) << 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Pairs(short* first, short* second)
    {
        Vector512<int> low = Avx512F.ConvertToVector512Int32(Vector256.Load(first));
        Vector512<int> high = Avx512F.ConvertToVector512Int32(Vector256.Load(second));
        return new((low & Vector512.Create(0xFFFF)) | (high << 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Broadcast(void* pair) => new(Vector512.Create(*(int*)pair));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Multiply(IntegerLanes16 data, IntegerLanes16 weights) =>
        new(Avx512BW.MultiplyAddAdjacent(data._value.AsInt16(), weights._value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 MultiplyAdd(IntegerLanes16 data, IntegerLanes16 weights, IntegerLanes16 sums) =>
        new(Avx512BW.MultiplyAddAdjacent(data._value.AsInt16(), weights._value.AsInt16()) + sums._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Add16(IntegerLanes16 a, IntegerLanes16 b) => new((a._value.AsInt16() + b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Subtract16(IntegerLanes16 a, IntegerLanes16 b) => new((a._value.AsInt16() - b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 ShiftLeft16(IntegerLanes16 a, int count) => new((a._value.AsInt16() << count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Add32(IntegerLanes16 a, IntegerLanes16 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Subtract32(IntegerLanes16 a, IntegerLanes16 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 ShiftLeft32(IntegerLanes16 a, int count) => new(a._value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 ShiftRight32(IntegerLanes16 a, int count) => new(a._value >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Multiply32(IntegerLanes16 a, int b) => new(a._value * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 LesserMagnitude16(IntegerLanes16 a, IntegerLanes16 most) =>
        new(Vector512.Min(Vector512.Abs(a._value.AsInt16()).AsUInt16(), most._value.AsUInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Max16(IntegerLanes16 a, IntegerLanes16 b) =>
        new(Vector512.Max(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Multiply16(IntegerLanes16 a, IntegerLanes16 b) => new((a._value.AsInt16() * b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 MultiplyFractions16(IntegerLanes16 a, IntegerLanes16 b) =>
        new(Avx512BW.MultiplyHighRoundScale(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 AddSaturated16(IntegerLanes16 a, IntegerLanes16 b) =>
        new(Avx512BW.AddSaturate(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Narrow(IntegerLanes16 first, IntegerLanes16 second) => new(Avx512BW.PackSignedSaturate(
        Avx512F.ConvertToVector512Int32(first._value.AsSingle()), Avx512F.ConvertToVector512Int32(second._value.AsSingle())).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 Twice(short* values) => new(Avx512F.PermuteVar8x64(
        Vector256.Load(values).ToVector512Unsafe().AsInt64(), Vector512.Create(0L, 0, 1, 1, 2, 2, 3, 3)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 WidenRows(byte* first, byte* second) => new(Avx512BW.ConvertToVector512Int16(Avx2.PermuteVar8x32(
        Vector256.Create(Vector128.Load(first), Vector128.Load(second)).AsInt32(),
        Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 NarrowRows(IntegerLanes16 firstTwo, IntegerLanes16 lastTwo) => new(Avx512F.PermuteVar16x32(
        Avx512BW.PackUnsignedSaturate(firstTwo._value.AsInt16(), lastTwo._value.AsInt16()).AsInt32(),
        Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes16 MaxOfStored(IntegerLanes16 a, IntegerLanes16 b) =>
        new(Avx512BW.Max(a._value.AsByte(), b._value.AsByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRows(byte* first, byte* second, byte* third, byte* fourth)
    {
        Vector512<byte> rows = _value.AsByte();
        rows.GetLower().GetLower().Store(first);
        Avx512F.ExtractVector128(rows, 1).Store(second);
        Avx512F.ExtractVector128(rows, 2).Store(third);
        Avx512F.ExtractVector128(rows, 3).Store(fourth);
    }
}
