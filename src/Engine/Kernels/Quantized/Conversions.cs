using System.Numerics;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Quantized;

/// <summary>Rows of 8-bit integers from and to floats, and of 32-bit integers to floats.</summary>
internal static unsafe class Conversions
{
    private const int Bytes = 16;

    /// <summary>y[i] = x[i * step] - zero, for integers of any type; bytes side by side are quick.</summary>
    public static void ToFloats<T>(T* x, long step, int zero, float* y, int count) where T : unmanaged, INumber<T>
    {
        if (step == 1 && typeof(T) == typeof(byte)) ToFloats((byte*)x, zero, y, count);
        else if (step == 1 && typeof(T) == typeof(sbyte)) ToFloats((sbyte*)x, zero, y, count);
        else for (int i = 0; i < count; i++) y[i] = int.CreateTruncating(x[i * step]) - zero;
    }

    /// <summary>y[i] = x[i], which is a whole number or an infinity, saturated to any type; bytes are quick.</summary>
    public static void Saturate<T>(float* x, T* y, int count) where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(byte)) Saturate(x, (byte*)y, count);
        else if (typeof(T) == typeof(sbyte)) Saturate(x, (sbyte*)y, count);
        else for (int i = 0; i < count; i++) y[i] = T.CreateSaturating(x[i]);
    }

    /// <summary>y[i] = x[i] - zero.</summary>
    public static void ToFloats(byte* x, int zero, float* y, long count)
    {
        Vector128<int> zeros = Vector128.Create(zero);
        long i = 0;
        for (; i <= count - Bytes; i += Bytes)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(x + i));
            Store(low.AsInt16(), zeros, y + i);
            Store(high.AsInt16(), zeros, y + i + 8);
        }
        for (; i < count; i++) y[i] = x[i] - zero;
    }

    /// <summary>y[i] = x[i] - zero.</summary>
    public static void ToFloats(sbyte* x, int zero, float* y, long count)
    {
        Vector128<int> zeros = Vector128.Create(zero);
        long i = 0;
        for (; i <= count - Bytes; i += Bytes)
        {
            (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load(x + i));
            Store(low, zeros, y + i);
            Store(high, zeros, y + i + 8);
        }
        for (; i < count; i++) y[i] = x[i] - zero;
    }

    /// <summary>y[i] = x[i], rounded to the nearest float.</summary>
    public static void ToFloats(int* x, float* y, long count)
    {
        long i = 0;
        for (; i <= count - 4; i += 4) Vector128.ConvertToSingle(Vector128.Load(x + i)).Store(y + i);
        for (; i < count; i++) y[i] = x[i];
    }

    /// <summary>y[i] = x[i], which is a whole number or an infinity, saturated.</summary>
    public static void Saturate(float* x, byte* y, int count)
    {
        int i = 0;
        for (; i <= count - Bytes; i += Bytes)
        {
            Vector128<ushort> low = Vector128.Max(Shorts(x + i), Vector128<short>.Zero).AsUInt16();
            Vector128<ushort> high = Vector128.Max(Shorts(x + i + 8), Vector128<short>.Zero).AsUInt16();
            Vector128.NarrowWithSaturation(low, high).Store(y + i);
        }
        for (; i < count; i++) y[i] = byte.CreateSaturating(x[i]);
    }

    /// <summary>y[i] = x[i], which is a whole number or an infinity, saturated.</summary>
    public static void Saturate(float* x, sbyte* y, int count)
    {
        int i = 0;
        for (; i <= count - Bytes; i += Bytes) Vector128.NarrowWithSaturation(Shorts(x + i), Shorts(x + i + 8)).Store(y + i);
        for (; i < count; i++) y[i] = sbyte.CreateSaturating(x[i]);
    }

    /// <summary>Eight whole numbers, saturated to 16 bits.</summary>
    private static Vector128<short> Shorts(float* x) =>
        Vector128.NarrowWithSaturation(Vector128.ConvertToInt32(Vector128.Load(x)), Vector128.ConvertToInt32(Vector128.Load(x + 4)));

    private static void Store(Vector128<short> shorts, Vector128<int> zeros, float* y)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(shorts);
        Vector128.ConvertToSingle(low - zeros).Store(y);
        Vector128.ConvertToSingle(high - zeros).Store(y + 4);
    }
}
