using System.Numerics;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels;

/// <summary>Something that is made for one type of numbers.</summary>
internal interface IForNumbers<out TResult> where TResult : class
{
    TResult? Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

/// <summary>From an element type to generic code.</summary>
internal static class Numbers
{
    /// <returns>What <paramref name="maker"/> makes for the type; null for Bool, which is no number.</returns>
    public static TResult? For<TResult>(ElementType type, IForNumbers<TResult> maker) where TResult : class => type switch
    {
        ElementType.Float32 => maker.Of<float>(),
        ElementType.Float64 => maker.Of<double>(),
        ElementType.Float16 => maker.Of<Half>(),
        ElementType.Int8 => maker.Of<sbyte>(),
        ElementType.UInt8 => maker.Of<byte>(),
        ElementType.Int16 => maker.Of<short>(),
        ElementType.UInt16 => maker.Of<ushort>(),
        ElementType.Int32 => maker.Of<int>(),
        ElementType.UInt32 => maker.Of<uint>(),
        ElementType.Int64 => maker.Of<long>(),
        ElementType.UInt64 => maker.Of<ulong>(),
        _ => null,
    };
}

/// <summary>A constant as the bits of an element, in the lowest bytes.</summary>
internal static class ElementBits
{
    /// <summary>The value as an element of the type, saturated where it does not fit.</summary>
    public static ulong Of(ElementType type, double value) =>
        type == ElementType.Bool ? (value != 0 ? 1UL : 0UL) : Numbers.For(type, new ForBits(value))!.Value;

    private sealed record Bits(ulong Value);

    private sealed record ForBits(double Value) : IForNumbers<Bits>
    {
        public unsafe Bits Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T>
        {
            ulong bits = 0;
            *(T*)&bits = T.CreateSaturating(Value);
            return new Bits(bits);
        }
    }
}
