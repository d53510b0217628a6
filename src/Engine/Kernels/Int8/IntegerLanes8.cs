using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8;

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
}
