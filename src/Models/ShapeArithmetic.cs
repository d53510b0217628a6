using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace EdgeCnn.Models;

/// <summary>
/// Computes what exporters write between a Shape and a Reshape: small constants through simple operators. Not for speed and not for
/// weights; whatever it does not know stays a node.
/// </summary>
internal static class ShapeArithmetic
{
    /// <summary>Larger constants are left to the engine.</summary>
    public const int MaxCount = 1 << 16;

    /// <returns>One tensor per output; null when this operator is not computed here.</returns>
    /// <exception cref="ModelException">The computation has no result: a division by zero, an index outside.</exception>
    public static Tensor[]? Evaluate(Operator op, Tensor[] inputs, ImmutableArray<ValueInfo> outputs)
    {
        if (inputs.Any(input => input.Shape.Count > MaxCount) || outputs.Any(output => output.Shape.Count > MaxCount)) return null;
        try
        {
            return op is Split split ? Parts(split, inputs[0], outputs) : Moved(op, inputs, outputs[0]) is { } moved ? [moved]
                : Computed(op, inputs, outputs[0]) is { } computed ? [computed] : null;
        }
        catch (ArithmeticException e)
        {
            throw new ModelException("Its constants cannot be computed with: a division by zero or an overflow.", e);
        }
    }

    /// <summary>Operators that only move elements: for each element of the output, the input and the place that it comes from.</summary>
    private static Tensor? Moved(Operator op, Tensor[] inputs, ValueInfo output)
    {
        Tensor x = inputs[0];
        Shape from = x.Shape, to = output.Shape;
        switch (op)
        {
            case Reshape or Identity:
                return x.Reshaped(to);
            case Transpose transpose:
                return Move(x, to, index => Flat(from, axis => index[transpose.Permutation.IndexOf(axis)]));
            case Slice slice:
                return Move(x, to, index => Flat(from, axis => slice.Starts[axis] + index[axis] * slice.Steps[axis]));
            case Expand:
                return Move(x, to, index => Broadcast(from, index));
            case Tile:
                return Move(x, to, index => Flat(from, axis => index[axis] % from[axis]));
            case Gather gather:
                long[] indices = inputs[1].ToLongs();
                int indexRank = inputs[1].Shape.Rank;
                return Move(x, to, index =>
                {
                    long at = indices[Flat(inputs[1].Shape, axis => index[gather.Axis + axis])];
                    int extent = from[gather.Axis];
                    if (at < -extent || at >= extent) throw new ModelException($"It gathers index {at} of {extent}.");
                    return Flat(from, axis => axis < gather.Axis ? index[axis]
                        : axis > gather.Axis ? index[axis + indexRank - 1] : (int)(at < 0 ? at + extent : at));
                });
            case Concat concat:
                return Joined(concat.Axis, inputs, output);
            default:
                return null;
        }
    }

    private static Tensor Move(Tensor from, Shape to, Func<int[], int> place)
    {
        Tensor result = Tensor.Zeros(from.Type, to);
        int size = from.Type.Size(), i = 0;
        foreach (int[] index in Indices(to)) from.Bytes.Slice(place(index) * size, size).CopyTo(result.Bytes[(i++ * size)..]);
        return result;
    }

    private static Tensor Joined(int axis, Tensor[] parts, ValueInfo output)
    {
        Tensor result = Tensor.Zeros(output.Type, output.Shape);
        int size = output.Type.Size(), at = 0;
        int line = (int)output.Shape.CountBetween(axis, output.Shape.Rank) * size;
        int lines = (int)output.Shape.CountBetween(0, axis);
        foreach (Tensor part in parts)
        {
            int run = (int)part.Shape.CountBetween(axis, part.Shape.Rank) * size;
            for (int i = 0; i < lines; i++) part.Bytes.Slice(i * run, run).CopyTo(result.Bytes[(i * line + at)..]);
            at += run;
        }
        return result;
    }

    private static Tensor[] Parts(Split split, Tensor x, ImmutableArray<ValueInfo> outputs)
    {
        int at = 0;
        Tensor[] parts = new Tensor[outputs.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            int start = at;
            parts[i] = Move(x, outputs[i].Shape, index => Flat(x.Shape, axis => axis == split.Axis ? start + index[axis] : index[axis]));
            at += split.Sizes[i];
        }
        return parts;
    }

    private static Tensor? Computed(Operator op, Tensor[] inputs, ValueInfo output)
    {
        switch (op)
        {
            case Cast cast:
                return CastTo(inputs[0], cast.To);
            case Where:
                return Picked(Stretched<bool>(inputs[0], output.Shape), inputs[1], inputs[2], output);
            case Not:
                return Each<bool, bool>(inputs[0], value => !value);
            case And:
                return Pairs<bool, bool>(inputs, output, (a, b) => a && b);
            case Or:
                return Pairs<bool, bool>(inputs, output, (a, b) => a || b);
            case Xor:
                return Pairs<bool, bool>(inputs, output, (a, b) => a != b);
        }
        return inputs[0].Type switch
        {
            ElementType.Float32 => Real<float>(op, inputs, output) ?? Number<float>(op, inputs, output),
            ElementType.Float64 => Real<double>(op, inputs, output) ?? Number<double>(op, inputs, output),
            ElementType.Int64 => Number<long>(op, inputs, output),
            ElementType.Int32 => Number<int>(op, inputs, output),
            _ => null,
        };
    }

    private static Tensor? Number<T>(Operator op, Tensor[] inputs, ValueInfo output) where T : unmanaged, INumber<T> => op switch
    {
        Add => Pairs<T, T>(inputs, output, (a, b) => unchecked(a + b)),
        Sub => Pairs<T, T>(inputs, output, (a, b) => unchecked(a - b)),
        Mul => Pairs<T, T>(inputs, output, (a, b) => unchecked(a * b)),
        Div => Pairs<T, T>(inputs, output, (a, b) => a / b),
        Mod mod => Pairs<T, T>(inputs, output, (a, b) => Remainder(a, b, mod.Fmod)),
        Min => Fold<T>(inputs, output, T.Min),
        Max => Fold<T>(inputs, output, T.Max),
        Neg => Each<T, T>(inputs[0], value => unchecked(-value)),
        Abs => Each<T, T>(inputs[0], T.Abs),
        Sign => Each<T, T>(inputs[0], value => T.IsNaN(value) ? value : T.CreateTruncating(T.Sign(value))),
        Clip clip => Each<T, T>(inputs[0], value => T.Min(T.Max(value, T.CreateSaturating(clip.Min)), T.CreateSaturating(clip.Max))),
        Equal => Pairs<T, bool>(inputs, output, (a, b) => a == b),
        Greater => Pairs<T, bool>(inputs, output, (a, b) => a > b),
        GreaterOrEqual => Pairs<T, bool>(inputs, output, (a, b) => a >= b),
        Less => Pairs<T, bool>(inputs, output, (a, b) => a < b),
        LessOrEqual => Pairs<T, bool>(inputs, output, (a, b) => a <= b),
        ReduceProd reduce => Reduced<T>(reduce, inputs[0], output, T.One, (a, b) => unchecked(a * b)),
        ReduceSum reduce => Reduced<T>(reduce, inputs[0], output, T.Zero, (a, b) => unchecked(a + b)),
        ReduceMax reduce when inputs[0].Shape.Count > 0 => Reduced<T>(reduce, inputs[0], output, null, T.Max),
        ReduceMin reduce when inputs[0].Shape.Count > 0 => Reduced<T>(reduce, inputs[0], output, null, T.Min),
        _ => null,
    };

    private static Tensor? Real<T>(Operator op, Tensor[] inputs, ValueInfo output)
        where T : unmanaged, IFloatingPointIeee754<T> => op switch
        {
            Floor => Each<T, T>(inputs[0], T.Floor),
            Ceil => Each<T, T>(inputs[0], T.Ceiling),
            Round => Each<T, T>(inputs[0], T.Round),
            Sqrt => Each<T, T>(inputs[0], T.Sqrt),
            Exp => Each<T, T>(inputs[0], T.Exp),
            Log => Each<T, T>(inputs[0], T.Log),
            Reciprocal => Each<T, T>(inputs[0], value => T.One / value),
            Pow when inputs[1].Type == inputs[0].Type => Pairs<T, T>(inputs, output, T.Pow),
            _ => null,
        };

    /// <summary>The remainder with the sign of b, or as C's fmod with the sign of a.</summary>
    private static T Remainder<T>(T a, T b, bool fmod) where T : INumber<T>
    {
        T remainder = a % b;
        return !fmod && remainder != T.Zero && T.IsNegative(remainder) != T.IsNegative(b) ? remainder + b : remainder;
    }

    private static Tensor CastTo(Tensor x, ElementType to)
    {
        if (x.Type == to) return x;
        double[] reals = x.Type.IsFloat() ? x.ToDoubles() : [];
        long[] integers = x.Type.IsFloat() ? [] : x.ToLongs();
        Tensor Made<T>(Func<double, T> real, Func<long, T> integer) where T : unmanaged =>
            x.Type.IsFloat()
                ? Tensor.Of(x.Shape, Array.ConvertAll(reals, value => real(value)))
                : Tensor.Of(x.Shape, Array.ConvertAll(integers, value => integer(value)));
        return to switch
        {
            ElementType.Float32 => Made(value => (float)value, value => (float)value),
            ElementType.Float16 => Made(value => (Half)value, value => (Half)value),
            ElementType.Float64 => Made(value => value, value => (double)value),
            ElementType.Bool => Made(value => value != 0, value => value != 0),
            ElementType.Int64 => Made(value => (long)value, value => value),
            ElementType.UInt64 => Made(value => (ulong)value, value => (ulong)value),
            ElementType.Int32 => Made(value => (int)value, value => (int)value),
            ElementType.UInt32 => Made(value => (uint)value, value => (uint)value),
            ElementType.Int16 => Made(value => (short)value, value => (short)value),
            ElementType.UInt16 => Made(value => (ushort)value, value => (ushort)value),
            ElementType.Int8 => Made(value => (sbyte)value, value => (sbyte)value),
            _ => Made(value => (byte)value, value => (byte)value),
        };
    }

    private static Tensor Picked(bool[] condition, Tensor x, Tensor y, ValueInfo output)
    {
        Tensor result = Tensor.Zeros(output.Type, output.Shape);
        int size = output.Type.Size(), i = 0;
        foreach (int[] index in Indices(output.Shape))
        {
            Tensor from = condition[i] ? x : y;
            from.Bytes.Slice(Broadcast(from.Shape, index) * size, size).CopyTo(result.Bytes[(i++ * size)..]);
        }
        return result;
    }

    private static Tensor Each<TIn, TOut>(Tensor x, Func<TIn, TOut> function) where TIn : unmanaged where TOut : unmanaged =>
        Tensor.Of(x.Shape, Array.ConvertAll(x.As<TIn>().ToArray(), value => function(value)));

    private static Tensor Pairs<TIn, TOut>(Tensor[] inputs, ValueInfo output, Func<TIn, TIn, TOut> function)
        where TIn : unmanaged
        where TOut : unmanaged
    {
        TIn[] a = Stretched<TIn>(inputs[0], output.Shape), b = Stretched<TIn>(inputs[1], output.Shape);
        return Tensor.Of(output.Shape, a.Zip(b, function).ToArray());
    }

    private static Tensor Fold<T>(Tensor[] inputs, ValueInfo output, Func<T, T, T> function) where T : unmanaged
    {
        T[] result = Stretched<T>(inputs[0], output.Shape);
        foreach (Tensor other in inputs.AsSpan(1)) result = result.Zip(Stretched<T>(other, output.Shape), function).ToArray();
        return Tensor.Of(output.Shape, result);
    }

    private static Tensor Reduced<T>(Reduction reduction, Tensor x, ValueInfo output, T? start, Func<T, T, T> function) where T : unmanaged
    {
        T?[] result = new T?[output.Shape.Count];
        Array.Fill(result, start);
        Shape kept = Reduction.Reduce(x.Shape, reduction.Axes, keepDims: true);
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(x.Bytes);
        int i = 0;
        foreach (int[] index in Indices(x.Shape))
        {
            ref T? sum = ref result[Broadcast(kept, index)];
            sum = sum is { } before ? function(before, values[i]) : values[i];
            i++;
        }
        return Tensor.Of(output.Shape, Array.ConvertAll(result, value => value.GetValueOrDefault()));
    }

    /// <summary>The elements repeated to the shape that they are broadcast to.</summary>
    private static T[] Stretched<T>(Tensor x, Shape to) where T : unmanaged
    {
        ReadOnlySpan<T> values = x.As<T>();
        if (x.Shape.Equals(to)) return values.ToArray();
        T[] result = new T[to.Count];
        int i = 0;
        foreach (int[] index in Indices(to)) result[i++] = values[Broadcast(x.Shape, index)];
        return result;
    }

    /// <summary>Where the element of a tensor of this shape lies that is broadcast to the index.</summary>
    private static int Broadcast(Shape shape, int[] index) =>
        Flat(shape, axis => shape[axis] == 1 ? 0 : index[axis + index.Length - shape.Rank]);

    private static int Flat(Shape shape, Func<int, int> index)
    {
        int flat = 0;
        for (int axis = 0; axis < shape.Rank; axis++) flat = flat * shape[axis] + index(axis);
        return flat;
    }

    /// <summary>All indices of a shape in the order of the elements; the array is one and the same.</summary>
    private static IEnumerable<int[]> Indices(Shape shape)
    {
        int[] index = new int[shape.Rank];
        for (long i = 0; i < shape.Count; i++)
        {
            yield return index;
            for (int axis = shape.Rank - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) index[axis] = 0;
        }
    }
}
