using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8;

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
}
