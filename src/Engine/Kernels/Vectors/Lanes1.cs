using System.Runtime.CompilerServices;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>
/// A single float: the scalar specification of every formula over <see cref="ILanes{T}"/>, and what finishes the ends of rows.
/// </summary>
internal readonly unsafe struct Lanes1(float value) : ILanes<Lanes1>
{
    private readonly float _value = value;

    public static int Count => 1;

    private int Bits => BitConverter.SingleToInt32Bits(_value);

    public static Lanes1 Of(float value) => new(value);

    public static Lanes1 Load(float* source) => new(*source);

    public void Store(float* destination) => *destination = _value;

    public static Lanes1 operator +(Lanes1 a, Lanes1 b) => new(a._value + b._value);

    public static Lanes1 operator -(Lanes1 a, Lanes1 b) => new(a._value - b._value);

    public static Lanes1 operator *(Lanes1 a, Lanes1 b) => new(a._value * b._value);

    public static Lanes1 operator /(Lanes1 a, Lanes1 b) => new(a._value / b._value);

    public static Lanes1 operator -(Lanes1 a) => new(-a._value);

    public static Lanes1 operator &(Lanes1 a, Lanes1 b) => FromInteger(a.Bits & b.Bits);

    public static Lanes1 operator |(Lanes1 a, Lanes1 b) => FromInteger(a.Bits | b.Bits);

    public static Lanes1 operator ^(Lanes1 a, Lanes1 b) => FromInteger(a.Bits ^ b.Bits);

    public static Lanes1 Fma(Lanes1 a, Lanes1 b, Lanes1 c) => new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    public static Lanes1 Sqrt(Lanes1 a) => new(MathF.Sqrt(a._value));

    public static Lanes1 Abs(Lanes1 a) => new(MathF.Abs(a._value));

    public static Lanes1 Round(Lanes1 a) => new(MathF.Round(a._value));

    public static Lanes1 Floor(Lanes1 a) => new(MathF.Floor(a._value));

    public static Lanes1 Ceiling(Lanes1 a) => new(MathF.Ceiling(a._value));

    public static Lanes1 Less(Lanes1 a, Lanes1 b) => Mask(a._value < b._value);

    public static Lanes1 LessOrEqual(Lanes1 a, Lanes1 b) => Mask(a._value <= b._value);

    public static Lanes1 Equal(Lanes1 a, Lanes1 b) => Mask(a._value == b._value);

    public static Lanes1 Select(Lanes1 mask, Lanes1 yes, Lanes1 no) => FromInteger((mask.Bits & yes.Bits) | (~mask.Bits & no.Bits));

    public static Lanes1 AddToBits(Lanes1 a, int value) => FromInteger(a.Bits + value);

    public static Lanes1 SubtractBits(Lanes1 a, Lanes1 b) => FromInteger(a.Bits - b.Bits);

    public static Lanes1 ShiftBitsLeft(Lanes1 a, int count) => FromInteger(a.Bits << count);

    public static Lanes1 ShiftBitsRight(Lanes1 a, int count) => FromInteger(a.Bits >> count);

    public static Lanes1 FromBits(Lanes1 a) => new(a.Bits);

    public static Lanes1 FromBytes(byte* source) => new(*source);

    public static Lanes1 FromBytes(sbyte* source) => new(*source);

    public void StoreLowestBytes(byte* destination) => *destination = unchecked((byte)Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes1 Mask(bool condition) => FromInteger(condition ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes1 FromInteger(int bits) => new(BitConverter.Int32BitsToSingle(bits));
}
