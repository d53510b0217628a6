using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>32 bits, one integer at a time: the specification.</summary>
internal readonly unsafe struct IntegerLanes1(int value) : IIntegerLanes<IntegerLanes1>
{
    private readonly int _value = value;

    public static int Count => 1;

    private short Low => (short)_value;

    private short High => (short)(_value >> 16);

    public static IntegerLanes1 Load(void* source) => new(*(int*)source);

    public void Store(void* destination) => *(int*)destination = _value;

    public static IntegerLanes1 Of(short value) => Of(value, value);

    public static IntegerLanes1 Widen(byte* source) => Of(Stored(source), Stored(source + 1));

    public static IntegerLanes1 Pairs(byte* first, byte* second) => Of(Stored(first), Stored(second));

    public static IntegerLanes1 Pairs(short* first, short* second) => Of(*first, *second);

    public static IntegerLanes1 Broadcast(void* pair) => Load(pair);

    public static IntegerLanes1 Multiply(IntegerLanes1 data, IntegerLanes1 weights) => MultiplyAdd(data, weights, default);

    public static IntegerLanes1 MultiplyAdd(IntegerLanes1 data, IntegerLanes1 weights, IntegerLanes1 sums) =>
        new(data.Low * weights.Low + data.High * weights.High + sums._value);

    public static IntegerLanes1 Add16(IntegerLanes1 a, IntegerLanes1 b) => Of(a.Low + b.Low, a.High + b.High);

    public static IntegerLanes1 Subtract16(IntegerLanes1 a, IntegerLanes1 b) => Of(a.Low - b.Low, a.High - b.High);

    public static IntegerLanes1 ShiftLeft16(IntegerLanes1 a, int count) => Of(a.Low << count, a.High << count);

    public static IntegerLanes1 Add32(IntegerLanes1 a, IntegerLanes1 b) => new(a._value + b._value);

    public static IntegerLanes1 Subtract32(IntegerLanes1 a, IntegerLanes1 b) => new(a._value - b._value);

    public static IntegerLanes1 ShiftLeft32(IntegerLanes1 a, int count) => new(a._value << count);

    public static IntegerLanes1 ShiftRight32(IntegerLanes1 a, int count) => new(a._value >> count);

    public static IntegerLanes1 Multiply32(IntegerLanes1 a, int b) => new(a._value * b);

    private static int Stored(byte* source) => Cpu.Int8Data == ElementType.Int8 ? *(sbyte*)source : *source;

    private static IntegerLanes1 Of(int low, int high) => new((ushort)low | (high << 16));

    public static IntegerLanes1 LesserMagnitude16(IntegerLanes1 a, IntegerLanes1 most) =>
        Of(Math.Min(Math.Abs((int)a.Low), most.Low), Math.Min(Math.Abs((int)a.High), most.High));

    public static IntegerLanes1 Max16(IntegerLanes1 a, IntegerLanes1 b) => Of(Math.Max(a.Low, b.Low), Math.Max(a.High, b.High));

    public static IntegerLanes1 Multiply16(IntegerLanes1 a, IntegerLanes1 b) => Of(a.Low * b.Low, a.High * b.High);

    public static IntegerLanes1 MultiplyFractions16(IntegerLanes1 a, IntegerLanes1 b) =>
        Of((a.Low * b.Low + (1 << 14)) >> 15, (a.High * b.High + (1 << 14)) >> 15);

    public static IntegerLanes1 AddSaturated16(IntegerLanes1 a, IntegerLanes1 b) =>
        Of(short.CreateSaturating(a.Low + b.Low), short.CreateSaturating(a.High + b.High));

    public static IntegerLanes1 Narrow(IntegerLanes1 first, IntegerLanes1 second) => Of(Rounded(first), Rounded(second));

    public static IntegerLanes1 Twice(short* values) => Of(*values);

    public static IntegerLanes1 WidenRows(byte* first, byte* second) => Pairs(first, second);

    public static IntegerLanes1 NarrowRows(IntegerLanes1 firstTwo, IntegerLanes1 lastTwo) => new(
        Byte(firstTwo.Low) | (Byte(firstTwo.High) << 8) | (Byte(lastTwo.Low) << 16) | (Byte(lastTwo.High) << 24));

    public static IntegerLanes1 MaxOfStored(IntegerLanes1 a, IntegerLanes1 b)
    {
        IntegerLanes1 most = default;
        for (int i = 0; i < sizeof(int); i++) ((byte*)&most)[i] = Byte(Math.Max(Stored((byte*)&a + i), Stored((byte*)&b + i)));
        return most;
    }

    public void StoreRows(byte* first, byte* second, byte* third, byte* fourth)
    {
        *first = (byte)_value;
        *second = (byte)(_value >> 8);
        *third = (byte)(_value >> 16);
        *fourth = (byte)(_value >> 24);
    }

    private static short Rounded(IntegerLanes1 bits) => short.CreateSaturating(MathF.Round(BitConverter.Int32BitsToSingle(bits._value)));

    private static byte Byte(int value) =>
        Cpu.Int8Data == ElementType.Int8 ? (byte)sbyte.CreateSaturating(value) : byte.CreateSaturating(value);
}
