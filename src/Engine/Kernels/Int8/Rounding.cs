using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// From real values to stored 8-bit integers: saturate(round half to even(value * inverse scale) + zero point), one scale or one per
/// channel. Values are clamped first; then adding 1.5 * 2^23 leaves the nearest integer, ties to even, in the lowest bits.
/// </summary>
internal readonly unsafe struct Rounding
{
    private const float Magic = 12582912f;

    private readonly float* _inverse;
    private readonly float* _low;
    private readonly float* _high;

    // The negative zero point, as an integer in the place of a float.
    private readonly float* _minusZero;

    /// <param name="scale">How the results are stored.</param>
    /// <param name="channels">Channels of the results.</param>
    /// <param name="weights">Where tables are kept.</param>
    /// <param name="clamp">A Relu or Clip that goes into the bounds; null: only the type's.</param>
    public Rounding(QuantizedScale scale, int channels, Weights weights, Operator? clamp = null)
    {
        IsPerChannel = scale.Scale.Length > 1;
        QuantizedScale stored = scale.Stored(Cpu.Int8Data);
        (float lowest, float highest) = Cpu.Int8Data == ElementType.Int8 ? (-128f, 127f) : (0f, 255f);
        (float from, float to) = clamp switch
        {
            Relu => (0f, float.PositiveInfinity),
            Clip clip => (clip.Min, clip.Max),
            _ => (float.NegativeInfinity, float.PositiveInfinity),
        };
        int count = IsPerChannel ? channels : 1;
        _inverse = weights.Allocate<float>(count);
        _low = weights.Allocate<float>(count);
        _high = weights.Allocate<float>(count);
        _minusZero = weights.Allocate<float>(count);
        Saturates = true;
        for (int c = 0; c < count; c++)
        {
            float inverse = 1 / scale.Scale[c];
            int zero = stored.Zero[c];
            _inverse[c] = inverse;
            _low[c] = Math.Clamp(MathF.Round(from * inverse), lowest - zero, highest - zero);
            _high[c] = Math.Clamp(MathF.Round(to * inverse), lowest - zero, highest - zero);
            ((int*)_minusZero)[c] = -zero;
            Saturates &= _low[c] == lowest - zero && _high[c] == highest - zero;
        }
    }

    public bool IsPerChannel { get; }

    /// <summary>What rounding needs to know, one for all channels, in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Bounds<T> Of<T>() where T : unmanaged, ILanes<T> => new(T.Of(*_inverse), T.Of(*_low), T.Of(*_high), T.Of(*_minusZero));

    /// <summary>What rounding needs to know of the channels from <paramref name="channel"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Bounds<T> Of<T>(int channel) where T : unmanaged, ILanes<T> =>
        new(T.Load(_inverse + channel), T.Load(_low + channel), T.Load(_high + channel), T.Load(_minusZero + channel));

    /// <summary>Whether the type's own bounds are all that steps are held to.</summary>
    public bool Saturates { get; }

    /// <summary>
    /// What rounding needs to know of eight channels from <paramref name="channel"/> on, for steps that are integers already.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Bytes BytesOf(int channel)
    {
        Lanes4x2 low = IsPerChannel ? Lanes4x2.Load(_low + channel) : Lanes4x2.Of(*_low);
        Lanes4x2 high = IsPerChannel ? Lanes4x2.Load(_high + channel) : Lanes4x2.Of(*_high);
        Vector128<short> zero = ZerosOf(channel);
        return new Bytes(
            zero, AdvSimd.ExtractNarrowingSaturateLower(low.ToShorts() + zero),
            AdvSimd.ExtractNarrowingSaturateLower(high.ToShorts() + zero));
    }

    /// <summary>Likewise where it <see cref="Saturates"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SaturatedBytes SaturatedBytesOf(int channel) => new(ZerosOf(channel));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<short> ZerosOf(int channel) =>
        -(IsPerChannel ? Lanes4x2.Load(_minusZero + channel) : Lanes4x2.Of(*_minusZero)).BitsAsShorts();

    /// <summary>
    /// Eight sums times factors plus bias as integers of 16 bits, rounded half to even and saturated: NEON has an instruction for either. A
    /// sum is added to a copy of the bias, so that it costs nothing to load it again.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> NeonSteps(int* sums, Vector128<float> factor0, Vector128<float> factor1, float* bias)
    {
        Vector128<float> x0 = Vector128.ConvertToSingle(Vector128.Load(sums)), x1 = Vector128.ConvertToSingle(Vector128.Load(sums + 4));
        x0 = AdvSimd.FusedMultiplyAdd(Vector128.Load(bias), x0, factor0);
        x1 = AdvSimd.FusedMultiplyAdd(Vector128.Load(bias + 4), x1, factor1);
        return AdvSimd.ExtractNarrowingSaturateUpper(
            AdvSimd.ExtractNarrowingSaturateLower(AdvSimd.ConvertToInt32RoundToEven(x0)), AdvSimd.ConvertToInt32RoundToEven(x1));
    }

    /// <summary>Stores eight steps that are 16-bit integers: saturate(steps + zero).</summary>
    internal interface IBytes
    {
        void Store(Vector128<short> steps, byte* output);
    }

    internal readonly struct SaturatedBytes(Vector128<short> zero) : IBytes
    {
        private readonly Vector128<short> _zero = zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(Vector128<short> steps, byte* output) => Narrow(steps).Store((sbyte*)output);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector64<sbyte> Narrow(Vector128<short> steps) => AdvSimd.ExtractNarrowingSaturateLower(AdvSimd.AddSaturate(steps, _zero));
    }

    /// <summary>Between bounds of the bytes besides.</summary>
    internal readonly struct Bytes(Vector128<short> zero, Vector64<sbyte> low, Vector64<sbyte> high) : IBytes
    {
        private readonly SaturatedBytes _saturated = new(zero);
        private readonly Vector64<sbyte> _low = low;
        private readonly Vector64<sbyte> _high = high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(Vector128<short> steps, byte* output) =>
            AdvSimd.Min(AdvSimd.Max(_saturated.Narrow(steps), _low), _high).Store((sbyte*)output);
    }

    internal readonly struct Bounds<T>(T inverse, T low, T high, T minusZero) where T : unmanaged, ILanes<T>
    {
        private readonly T _inverse = inverse;
        private readonly T _low = low;
        private readonly T _high = high;
        private readonly T _minusZero = minusZero;

        /// <summary>The same for four rows at once.</summary>
        public FourRows<T> FourRows
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => FourRows<T>.Of(_low, _high, _minusZero);
        }

        /// <summary>From real values to steps.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Steps(T values) => values * _inverse;

        /// <summary>Stores real values. No number counts as the lowest.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(T values, byte* output) => StoreSteps(Steps(values), output);

        /// <summary>Stores values that are already divided by the scale.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void StoreSteps(T steps, byte* output) =>
            T.SubtractBits(T.Clamp(steps, _low, _high) + T.Of(Magic), _minusZero).StoreLowestBytes(output);
    }
}

/// <summary>8-bit integers as they are stored inside of a network.</summary>
internal static unsafe class Stored
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* source) where T : unmanaged, ILanes<T> =>
        Cpu.Int8Data == ElementType.Int8 ? T.FromBytes((sbyte*)source) : T.FromBytes(source);

    public static int Value(byte stored) => Cpu.Int8Data == ElementType.Int8 ? (sbyte)stored : stored;
}
