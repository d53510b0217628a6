using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>
/// Eight floats in two vectors of NEON: a panel's width at once, which halves what loops cost, lets constants serve two vectors, and
/// narrows integers two vectors by one instruction.
/// </summary>
internal readonly unsafe struct Lanes4x2(Vector128<float> lower, Vector128<float> upper) : ILanes<Lanes4x2>
{
    private readonly Vector128<float> _lower = lower;
    private readonly Vector128<float> _upper = upper;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Of(float value)
    {
        Vector128<float> both = Vector128.Create(value);
        return new(both, both);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Load(float* source) => new(Vector128.Load(source), Vector128.Load(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination)
    {
        _lower.Store(destination);
        _upper.Store(destination + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator +(Lanes4x2 a, Lanes4x2 b) => new(a._lower + b._lower, a._upper + b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator -(Lanes4x2 a, Lanes4x2 b) => new(a._lower - b._lower, a._upper - b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator *(Lanes4x2 a, Lanes4x2 b) => new(a._lower * b._lower, a._upper * b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator /(Lanes4x2 a, Lanes4x2 b) => new(a._lower / b._lower, a._upper / b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator -(Lanes4x2 a) => new(-a._lower, -a._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator &(Lanes4x2 a, Lanes4x2 b) => new(a._lower & b._lower, a._upper & b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator |(Lanes4x2 a, Lanes4x2 b) => new(a._lower | b._lower, a._upper | b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 operator ^(Lanes4x2 a, Lanes4x2 b) => new(a._lower ^ b._lower, a._upper ^ b._upper);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Fma(Lanes4x2 a, Lanes4x2 b, Lanes4x2 c) => new(
        Vector128.FusedMultiplyAdd(a._lower, b._lower, c._lower), Vector128.FusedMultiplyAdd(a._upper, b._upper, c._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Sqrt(Lanes4x2 a) => new(Vector128.Sqrt(a._lower), Vector128.Sqrt(a._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Abs(Lanes4x2 a) => new(Vector128.Abs(a._lower), Vector128.Abs(a._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Round(Lanes4x2 a) => new(Vector128.Round(a._lower), Vector128.Round(a._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Floor(Lanes4x2 a) => new(Vector128.Floor(a._lower), Vector128.Floor(a._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Ceiling(Lanes4x2 a) => new(Vector128.Ceiling(a._lower), Vector128.Ceiling(a._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Less(Lanes4x2 a, Lanes4x2 b) => new(
        Vector128.LessThan(a._lower, b._lower), Vector128.LessThan(a._upper, b._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 LessOrEqual(Lanes4x2 a, Lanes4x2 b) => new(
        Vector128.LessThanOrEqual(a._lower, b._lower), Vector128.LessThanOrEqual(a._upper, b._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Equal(Lanes4x2 a, Lanes4x2 b) => new(Vector128.Equals(a._lower, b._lower), Vector128.Equals(a._upper, b._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Select(Lanes4x2 mask, Lanes4x2 yes, Lanes4x2 no) => new(
        Vector128.ConditionalSelect(mask._lower, yes._lower, no._lower), Vector128.ConditionalSelect(mask._upper, yes._upper, no._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 AtLeast(Lanes4x2 x, Lanes4x2 bound) => new(
        AdvSimd.Max(x._lower, bound._lower), AdvSimd.Max(x._upper, bound._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 AtMost(Lanes4x2 x, Lanes4x2 bound) => new(
        AdvSimd.Min(x._lower, bound._lower), AdvSimd.Min(x._upper, bound._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 Clamp(Lanes4x2 x, Lanes4x2 low, Lanes4x2 high) => new(
        AdvSimd.Min(AdvSimd.MaxNumber(x._lower, low._lower), high._lower),
        AdvSimd.Min(AdvSimd.MaxNumber(x._upper, low._upper), high._upper));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 AddToBits(Lanes4x2 a, int value)
    {
        Vector128<int> both = Vector128.Create(value);
        return new((a._lower.AsInt32() + both).AsSingle(), (a._upper.AsInt32() + both).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 SubtractBits(Lanes4x2 a, Lanes4x2 b) => new(
        (a._lower.AsInt32() - b._lower.AsInt32()).AsSingle(), (a._upper.AsInt32() - b._upper.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 ShiftBitsLeft(Lanes4x2 a, int count) => new(
        (a._lower.AsInt32() << count).AsSingle(), (a._upper.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 ShiftBitsRight(Lanes4x2 a, int count) => new(
        (a._lower.AsInt32() >> count).AsSingle(), (a._upper.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 FromBits(Lanes4x2 a) => FromIntegers(a._lower.AsInt32(), a._upper.AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 FromBytes(byte* source)
    {
        Vector128<ushort> shorts = AdvSimd.ZeroExtendWideningLower(Vector64.Load(source));
        return FromIntegers(
            AdvSimd.ZeroExtendWideningLower(shorts.GetLower()).AsInt32(),
            AdvSimd.ZeroExtendWideningUpper(shorts).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4x2 FromBytes(sbyte* source)
    {
        Vector128<short> shorts = AdvSimd.SignExtendWideningLower(Vector64.Load(source));
        return FromIntegers(AdvSimd.SignExtendWideningLower(shorts.GetLower()), AdvSimd.SignExtendWideningUpper(shorts));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreLowestBytes(byte* destination) =>
        AdvSimd.ExtractNarrowingLower(AdvSimd.Arm64.UnzipEven(_lower.AsUInt16(), _upper.AsUInt16())).Store(destination);

    /// <summary>The values, which are 16-bit integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<short> ToShorts() =>
        AdvSimd.Arm64.UnzipEven(Vector128.ConvertToInt32(_lower).AsInt16(), Vector128.ConvertToInt32(_upper).AsInt16());

    /// <summary>The lowest sixteen bits of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<short> BitsAsShorts() => AdvSimd.Arm64.UnzipEven(_lower.AsInt16(), _upper.AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes4x2 FromIntegers(Vector128<int> lower, Vector128<int> upper) => new(
        Vector128.ConvertToSingle(lower), Vector128.ConvertToSingle(upper));
}
