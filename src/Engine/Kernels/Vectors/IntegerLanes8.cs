using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>A vector of 256 bits (AVX2). On x86 stored data are unsigned.</summary>
internal readonly unsafe struct IntegerLanes8(Vector256<int> value) : IIntegerLanes<IntegerLanes8>
{
    private readonly Vector256<int> _value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Load(void* source) => new(Vector256.Load((int*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(void* destination) => _value.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Of(short value) => new(Vector256.Create(value).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Widen(byte* source) => new(Avx2.ConvertToVector256Int16(Vector128.Load(source)).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Pairs(byte* first, byte* second)
    {
        Vector128<byte> low = Vector128.CreateScalarUnsafe(*(long*)first).AsByte();
        Vector128<byte> high = Vector128.CreateScalarUnsafe(*(long*)second).AsByte();
        return new(Avx2.ConvertToVector256Int16(Sse2.UnpackLow(low, high)).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Pairs(short* first, short* second)
    {
        Vector256<int> low = Avx2.ConvertToVector256Int32(Vector128.Load(first));
        Vector256<int> high = Avx2.ConvertToVector256Int32(Vector128.Load(second));
        return new((low & Vector256.Create(0xFFFF)) | (high << 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Broadcast(void* pair) => new(Vector256.Create(*(int*)pair));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Multiply(IntegerLanes8 data, IntegerLanes8 weights) =>
        new(Avx2.MultiplyAddAdjacent(data._value.AsInt16(), weights._value.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 MultiplyAdd(IntegerLanes8 data, IntegerLanes8 weights, IntegerLanes8 sums) =>
        new(Avx2.MultiplyAddAdjacent(data._value.AsInt16(), weights._value.AsInt16()) + sums._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Add16(IntegerLanes8 a, IntegerLanes8 b) => new((a._value.AsInt16() + b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Subtract16(IntegerLanes8 a, IntegerLanes8 b) => new((a._value.AsInt16() - b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 ShiftLeft16(IntegerLanes8 a, int count) => new((a._value.AsInt16() << count).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Add32(IntegerLanes8 a, IntegerLanes8 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Subtract32(IntegerLanes8 a, IntegerLanes8 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 ShiftLeft32(IntegerLanes8 a, int count) => new(a._value << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 ShiftRight32(IntegerLanes8 a, int count) => new(a._value >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Multiply32(IntegerLanes8 a, int b) => new(a._value * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 LesserMagnitude16(IntegerLanes8 a, IntegerLanes8 most) =>
        new(Vector256.Min(Vector256.Abs(a._value.AsInt16()).AsUInt16(), most._value.AsUInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Max16(IntegerLanes8 a, IntegerLanes8 b) =>
        new(Vector256.Max(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Multiply16(IntegerLanes8 a, IntegerLanes8 b) => new((a._value.AsInt16() * b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 MultiplyFractions16(IntegerLanes8 a, IntegerLanes8 b) =>
        new(Avx2.MultiplyHighRoundScale(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 AddSaturated16(IntegerLanes8 a, IntegerLanes8 b) =>
        new(Avx2.AddSaturate(a._value.AsInt16(), b._value.AsInt16()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Narrow(IntegerLanes8 first, IntegerLanes8 second) => new(Avx2.PackSignedSaturate(
        Avx.ConvertToVector256Int32(first._value.AsSingle()), Avx.ConvertToVector256Int32(second._value.AsSingle())).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 Twice(short* values) =>
        new(Avx2.Permute4x64(Vector128.Load(values).ToVector256Unsafe().AsInt64(), 0b01_01_00_00).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 WidenRows(byte* first, byte* second)
    {
        Vector128<int> rows = Vector128.Create(Unsafe.ReadUnaligned<long>(first), Unsafe.ReadUnaligned<long>(second)).AsInt32();
        return new(Avx2.ConvertToVector256Int16(Sse2.Shuffle(rows, 0b11_01_10_00).AsByte()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 NarrowRows(IntegerLanes8 firstTwo, IntegerLanes8 lastTwo) => new(Avx2.PermuteVar8x32(
        Avx2.PackUnsignedSaturate(firstTwo._value.AsInt16(), lastTwo._value.AsInt16()).AsInt32(),
        Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IntegerLanes8 MaxOfStored(IntegerLanes8 a, IntegerLanes8 b) =>
        new(Avx2.Max(a._value.AsByte(), b._value.AsByte()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreRows(byte* first, byte* second, byte* third, byte* fourth)
    {
        Vector128<double> upper = _value.GetLower().AsDouble(), lower = _value.GetUpper().AsDouble();
        Sse2.StoreLow((double*)first, upper);
        Sse2.StoreHigh((double*)second, upper);
        Sse2.StoreLow((double*)third, lower);
        Sse2.StoreHigh((double*)fourth, lower);
    }
}
