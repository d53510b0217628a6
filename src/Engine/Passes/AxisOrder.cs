using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>In which order the axes of a value lie in memory: <c>Axes[i]</c> is the ONNX axis at place i, outermost first.</summary>
internal readonly record struct AxisOrder(ImmutableArray<int> Axes)
{
    public int Rank => Axes.Length;

    public bool IsPlain
    {
        get
        {
            for (int i = 0; i < Axes.Length; i++)
            {
                if (Axes[i] != i) return false;
            }
            return true;
        }
    }

    /// <summary>As ONNX has it.</summary>
    public static AxisOrder Plain(int rank) => new([.. Enumerable.Range(0, rank)]);

    /// <summary>Axis 1 innermost: N x H x W x C.</summary>
    public static AxisOrder ChannelsLast(int rank) => rank < 3 ? Plain(rank) : new([0, .. Enumerable.Range(2, rank - 2), 1]);

    /// <summary>The extents in the order of memory.</summary>
    public Shape Of(Shape shape) => new([.. Axes.Select(axis => shape[axis])]);

    /// <summary>One entry per ONNX axis, in the order of memory.</summary>
    public ImmutableArray<T> Of<T>(ImmutableArray<T> perAxis) => [.. Axes.Select(axis => perAxis[axis])];

    /// <summary>Where an ONNX axis lies in memory.</summary>
    public int Place(int axis) => Axes.IndexOf(axis);

    /// <summary>Whether both orders put the elements of this shape at the same addresses: axes of extent 1 do not count.</summary>
    public bool SameMemory(AxisOrder other, Shape shape) =>
        Axes.Where(axis => shape[axis] != 1).SequenceEqual(other.Axes.Where(axis => shape[axis] != 1)) || shape.Count == 0;

    /// <summary>The permutation that Transpose needs to go from this order to another.</summary>
    public ImmutableArray<int> To(AxisOrder other)
    {
        AxisOrder from = this;
        return [.. other.Axes.Select(from.Place)];
    }

    /// <summary>The order of the output of a Transpose that moves nothing in memory.</summary>
    public AxisOrder Relabelled(ImmutableArray<int> permutation) => new([.. Axes.Select(axis => permutation.IndexOf(axis))]);

    /// <summary>The order that is left when some axes disappear.</summary>
    public AxisOrder Without(ImmutableArray<int> removed) =>
        new([.. Axes.Where(axis => !removed.Contains(axis)).Select(axis => axis - removed.Count(other => other < axis))]);

    public bool Equals(AxisOrder other) => Axes.AsSpan().SequenceEqual(other.Axes.AsSpan());

    public override int GetHashCode() => Axes.Aggregate(Axes.Length, HashCode.Combine);

    public override string ToString() => string.Join(' ', Axes);
}
