using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>
/// Where the elements of a tensor are found in a dense block of memory: extents, outermost first, and for each axis the distance in
/// elements from one index to the next (0 repeats an element, a negative distance runs backwards). Slices, transposes, broadcasts,
/// tilings are views; copying one into another is all that those operators do.
/// </summary>
internal sealed class View
{
    private View(int[] extents, long[] strides, long offset) => (Extents, Strides, Offset) = (extents, strides, offset);

    public int[] Extents { get; }

    /// <summary>One per axis, in elements.</summary>
    public long[] Strides { get; }

    /// <summary>Index of the first element, in elements.</summary>
    public long Offset { get; }

    public int Rank => Extents.Length;

    public long Count
    {
        get
        {
            long count = 1;
            foreach (int extent in Extents) count *= extent;
            return count;
        }
    }

    /// <summary>All of a row-major tensor.</summary>
    public static View Dense(params ReadOnlySpan<int> extents)
    {
        long[] strides = new long[extents.Length];
        long stride = 1;
        for (int axis = extents.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= extents[axis];
        }
        return new View(extents.ToArray(), strides, 0);
    }

    public static View Dense(Shape shape) => Dense(shape.Extents);

    /// <summary>Axis i of the result is axis <paramref name="axes"/>[i] of this view.</summary>
    public View Permute(params ReadOnlySpan<int> axes)
    {
        int[] extents = new int[Rank];
        long[] strides = new long[Rank];
        for (int axis = 0; axis < Rank; axis++) (extents[axis], strides[axis]) = (Extents[axes[axis]], Strides[axes[axis]]);
        return new View(extents, strides, Offset);
    }

    /// <summary>
    /// On each axis <paramref name="sizes"/> elements from <paramref name="starts"/> on, every <paramref name="steps"/>-th of them.
    /// </summary>
    public View Slice(ReadOnlySpan<int> starts, ReadOnlySpan<int> steps, ReadOnlySpan<int> sizes)
    {
        long[] strides = new long[Rank];
        long offset = Offset;
        for (int axis = 0; axis < Rank; axis++)
        {
            strides[axis] = Strides[axis] * steps[axis];
            if (sizes[axis] == 0) continue;
            long last = starts[axis] + (long)steps[axis] * (sizes[axis] - 1);
            if (starts[axis] < 0 || starts[axis] >= Extents[axis] || last < 0 || last >= Extents[axis])
                throw new ModelException($"A slice from {starts[axis]} to {last} lies outside an axis of {Extents[axis]} elements.");
            offset += starts[axis] * Strides[axis];
        }
        return new View(sizes.ToArray(), strides, offset);
    }

    /// <summary>The elements <paramref name="start"/> to <paramref name="start"/> + <paramref name="size"/> - 1 of one axis.</summary>
    public View Slice(int axis, int start, int size)
    {
        int[] starts = new int[Rank];
        int[] steps = new int[Rank];
        int[] sizes = [.. Extents];
        Array.Fill(steps, 1);
        (starts[axis], sizes[axis]) = (start, size);
        return Slice(starts, steps, sizes);
    }

    /// <summary>The view repeated along axes of extent 1, and along new leading axes, as numpy broadcasts.</summary>
    /// <exception cref="ModelException">An axis is neither 1 nor that of <paramref name="extents"/>.</exception>
    public View Broadcast(ReadOnlySpan<int> extents)
    {
        long[] strides = new long[extents.Length];
        int missing = extents.Length - Rank;
        for (int axis = 0; axis < Rank; axis++)
        {
            if (missing >= 0 && Extents[axis] == extents[missing + axis])
                strides[missing + axis] = Strides[axis];
            else if (missing < 0 || Extents[axis] != 1)
                throw new ModelException($"The shape {new Shape(Extents)} does not broadcast to {new Shape(extents)}.");
        }
        return new View(extents.ToArray(), strides, Offset);
    }

    /// <summary>A new axis before <paramref name="axis"/> that repeats the elements <paramref name="times"/> times.</summary>
    public View Repeat(int axis, int times) =>
        new([.. Extents[..axis], times, .. Extents[axis..]], [.. Strides[..axis], 0, .. Strides[axis..]], Offset);
}
