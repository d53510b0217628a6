using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// What stored integers stand for: real = scale * (stored - zero), one scale and zero for the whole tensor, or one of each per channel.
/// </summary>
/// <param name="Scale">One, or one per channel (ONNX axis 1, or the last of a matrix).</param>
/// <param name="Zero">As many, as values of <paramref name="Type"/>.</param>
/// <param name="Type">UInt8 or Int8: the type that the zero points belong to.</param>
internal sealed record QuantizedScale(ImmutableArray<float> Scale, ImmutableArray<int> Zero, ElementType Type)
{
    public bool IsPerTensor => Scale.Length == 1;

    /// <summary>The same map for the same integers stored as another of the two types, shifted by 128.</summary>
    public QuantizedScale Stored(ElementType type)
    {
        if (type == Type) return this;
        int shift = type == ElementType.Int8 ? -128 : 128;
        return new QuantizedScale(Scale, [.. Zero.Select(zero => zero + shift)], type);
    }

    public bool Equals(QuantizedScale? other) =>
        other is not null && Type == other.Type && Scale.AsSpan().SequenceEqual(other.Scale.AsSpan())
            && Zero.AsSpan().SequenceEqual(other.Zero.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Type, Scale.Length, Scale[0], Zero[0]);
}
