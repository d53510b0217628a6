using System.Runtime.CompilerServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>From real values to stored 8-bit integers: saturate(round half to even(value * inverse scale) + zero point), one scale or one per channel.</summary>
internal readonly unsafe struct Rounding
{
    private readonly float* _inverse;
    private readonly float* _zero;
    private readonly float* _low;
    private readonly float* _high;

    /// <param name="scale">How the results are stored.</param>
    /// <param name="channels">Channels of the results.</param>
    /// <param name="weights">Where tables are kept.</param>
    /// <param name="clamp">A Relu or Clip that goes into the bounds; null: only the type's.</param>
    public Rounding(QuantizedScale scale, int channels, Weights weights, Operator? clamp = null)
    {
        IsPerChannel = scale.Scale.Length > 1;
        QuantizedScale stored = scale.Stored(Cpu.Int8Data);
        (float lowest, float highest) = Cpu.Int8Data == ElementType.Int8 ? (-128f, 127f) : (0f, 255f);
        int count = IsPerChannel ? channels : 1;
        _inverse = weights.Allocate<float>(count);
        _zero = weights.Allocate<float>(count);
        _low = weights.Allocate<float>(count);
        _high = weights.Allocate<float>(count);
        for (int c = 0; c < count; c++)
        {
            float inverse = 1 / scale.Scale[c], zero = stored.Zero[c];
            (float from, float to) = clamp switch
            {
                Relu => (0f, float.PositiveInfinity),
                Clip clip => (clip.Min, clip.Max),
                _ => (float.NegativeInfinity, float.PositiveInfinity),
            };
            _inverse[c] = inverse;
            _zero[c] = zero;
            _low[c] = Math.Clamp(MathF.Round(from * inverse) + zero, lowest, highest);
            _high[c] = Math.Clamp(MathF.Round(to * inverse) + zero, lowest, highest);
        }
    }

    public bool IsPerChannel { get; }

    public T Zero<T>() where T : unmanaged, ILanes<T> => T.Of(*_zero);

    public T Low<T>() where T : unmanaged, ILanes<T> => T.Of(*_low);

    public T High<T>() where T : unmanaged, ILanes<T> => T.Of(*_high);

    /// <summary>Stores real values of the channels from <paramref name="channel"/> on.</summary>
    public void Store(float* values, int channel, byte* output, int count)
    {
        int i = 0;
        if (Cpu.Lanes >= 16) i = Store<Lanes16>(values, channel, output, i, count);
        if (Cpu.Lanes >= 8) i = Store<Lanes8>(values, channel, output, i, count);
        if (Cpu.Lanes >= 4) i = Store<Lanes4>(values, channel, output, i, count);
        Store<Lanes1>(values, channel, output, i, count);
    }

    /// <summary>Rounds values that are already divided by the scale of their channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreSteps<T>(T steps, int channel, byte* output) where T : unmanaged, ILanes<T> =>
        StoreSteps(steps, T.Load(_zero + channel), T.Load(_low + channel), T.Load(_high + channel), output);

    /// <summary>Rounds values that are already divided by the scale. No number counts as the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSteps<T>(T steps, T zero, T low, T high, byte* output) where T : unmanaged, ILanes<T> =>
        T.Min(T.Max(low, T.Round(steps) + zero), high).StoreBytes(output);

    private int Store<T>(float* values, int channel, byte* output, int i, int count) where T : unmanaged, ILanes<T>
    {
        if (IsPerChannel)
        {
            for (; i <= count - T.Count; i += T.Count) StoreSteps(T.Load(values + i) * T.Load(_inverse + channel + i), channel + i, output + i);
            return i;
        }
        T inverse = T.Of(*_inverse), zero = Zero<T>(), low = Low<T>(), high = High<T>();
        for (; i <= count - T.Count; i += T.Count) StoreSteps(T.Load(values + i) * inverse, zero, low, high, output + i);
        return i;
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
