using System.Collections;
using System.Globalization;

namespace EdgeCnn.Models;

/// <summary>
/// The extents of a tensor, outermost first (images: N, C, H, W, as ONNX writes them). Immutable; every extent is known and not negative.
/// Rank 0 is a scalar.
/// </summary>
public sealed class Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    /// <summary>More elements than this are refused wherever a shape is made: no tensor of an edge model comes near.</summary>
    public const long MaxCount = 1L << 28;

    /// <summary>More axes than this are refused; kernels may keep indices on the stack.</summary>
    public const int MaxRank = 8;

    public static readonly Shape Scalar = new();

    private readonly int[] _extents;

    /// <exception cref="ModelException">An extent is negative, or there are more than <see cref="MaxRank"/> axes or <see cref="MaxCount"/>
    /// elements.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        if (extents.Length > MaxRank) throw new ModelException($"A shape has {extents.Length} axes; at most {MaxRank} are supported.");
        long count = 1;
        foreach (int extent in extents)
        {
            if (extent < 0) throw new ModelException($"A shape has the negative extent {extent}.");
            count *= extent;
            if (count > MaxCount) throw new ModelException($"The shape {Join(extents)} has more than {MaxCount} elements.");
        }
        _extents = extents.ToArray();
        Count = count;
    }

    public int Rank => _extents.Length;

    /// <summary>Number of elements: the product of the extents, 1 for a scalar.</summary>
    public long Count { get; }

    public ReadOnlySpan<int> Extents => _extents;

    int IReadOnlyCollection<int>.Count => _extents.Length;

    public int this[int axis] => _extents[axis];

    public int this[Index axis] => _extents[axis];

    /// <summary>The product of the extents from axis <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public long CountBetween(int from, int to)
    {
        long count = 1;
        for (int i = from; i < to; i++) count *= _extents[i];
        return count;
    }

    /// <summary>Axis <paramref name="axis"/> (negative: from the end) as an index into the extents.</summary>
    /// <exception cref="ModelException">The axis lies outside the rank.</exception>
    public int Axis(int axis) => axis >= -Rank && axis < Rank
        ? axis < 0 ? axis + Rank : axis
        : throw new ModelException($"Axis {axis} lies outside a tensor of shape {this}.");

    /// <summary>
    /// The shape that all of <paramref name="shapes"/> stretch to: aligned at the last axis, an extent of 1 repeats (ONNX multidirectional
    /// broadcasting).
    /// </summary>
    /// <exception cref="ModelException">Two extents differ and neither is 1.</exception>
    public static Shape Broadcast(params ReadOnlySpan<Shape> shapes)
    {
        int rank = 0;
        foreach (Shape shape in shapes) rank = Math.Max(rank, shape.Rank);
        int[] extents = new int[rank];
        Array.Fill(extents, 1);
        foreach (Shape shape in shapes)
        {
            for (int axis = 1; axis <= shape.Rank; axis++)
            {
                ref int extent = ref extents[^axis];
                int other = shape[^axis];
                if (extent == 1) extent = other;
                else if (other != 1 && other != extent)
                    throw new ModelException(
                        $"The shapes {string.Join(" and ", shapes.ToArray().AsEnumerable())} cannot be broadcast together.");
            }
        }
        return new Shape(extents);
    }

    /// <summary>The same shape with the extent of one axis replaced.</summary>
    public Shape With(int axis, int extent)
    {
        int[] extents = [.. _extents];
        extents[axis] = extent;
        return new Shape(extents);
    }

    public bool Equals(Shape? other) => other is not null && _extents.AsSpan().SequenceEqual(other._extents);

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int extent in _extents) hash.Add(extent);
        return hash.ToHashCode();
    }

    /// <summary>"1x3x416x416"; a scalar is "scalar".</summary>
    public override string ToString() => Rank == 0 ? "scalar" : Join(_extents);

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_extents).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _extents.GetEnumerator();

    private static string Join(ReadOnlySpan<int> extents)
    {
        string[] parts = new string[extents.Length];
        for (int i = 0; i < parts.Length; i++) parts[i] = extents[i].ToString(CultureInfo.InvariantCulture);
        return string.Join('x', parts);
    }
}
