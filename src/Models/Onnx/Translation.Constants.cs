namespace EdgeCnn.Models.Onnx;

/// <summary>Operators whose result is known when the file is read; they never become nodes.</summary>
internal static partial class Translation
{
    private static void AddConstants()
    {
        Add("Constant", Constant);
        Add("ConstantOfShape", ConstantOfShape);
        Add("Shape", ShapeOf);
        Add("Size", node => node.Emit(Tensor.Of(EdgeCnn.Models.Shape.Scalar, [node.Shape(0).Count])));
        Add("Range", Range);
        Add("NonZero", NonZero);
        Add("If", If);
    }

    private static void Constant(OnnxNode node)
    {
        Shape scalar = EdgeCnn.Models.Shape.Scalar;
        if (node.Attribute("value")?.T is { } dense) node.Emit(node.Graph.Read(dense));
        else if (node.Attribute("sparse_value")?.SparseTensor is { } sparse) node.Emit(node.Graph.Read(sparse));
        else if (node.Attribute("value_float") is not null) node.Emit(Tensor.Of(scalar, [node.Float("value_float", 0)]));
        else if (node.Attribute("value_int") is not null) node.Emit(Tensor.Of(scalar, [node.Int("value_int", 0)]));
        else if (node.Floats("value_floats") is { } floats) node.Emit(Tensor.Of(new Shape(floats.Length), floats));
        else if (node.Ints("value_ints") is { } ints) node.Emit(Tensor.Of(new Shape(ints.Length), ints));
        else throw new UnsupportedNodeException("a constant without a value, or of strings");
    }

    private static void ConstantOfShape(OnnxNode node)
    {
        Tensor value = node.Attribute("value")?.T is { } given ? node.Graph.Read(given) : Tensor.Of(EdgeCnn.Models.Shape.Scalar, [0f]);
        if (value.Shape.Count != 1) throw new ModelException($"Its value has the shape {value.Shape}; one element is needed.");
        Tensor result = node.Graph.Synthesise(value.Type, new Shape(OnnxNode.Narrow(node.KnownLongs(0, "shape"), "shape").AsSpan()));
        int size = value.Type.Size();
        if (value.Bytes.ContainsAnyExcept((byte)0))
        {
            for (int i = 0; i < Math.Min(result.Bytes.Length, 4096 * size); i += size) value.Bytes.CopyTo(result.Bytes[i..]);
            for (int i = 4096 * size; i < result.Bytes.Length; i += 4096 * size)
            {
                Span<byte> rest = result.Bytes[i..];
                result.Bytes[..Math.Min(4096 * size, rest.Length)].CopyTo(rest);
            }
        }
        node.Emit(result);
    }

    private static void ShapeOf(OnnxNode node)
    {
        long[] extents = [.. node.Shape(0).Select(extent => (long)extent)];
        // Since version 15 a part of the shape can be asked for.
        int start = Cut(node.Int("start", 0)), end = Math.Max(Cut(node.Int("end", extents.Length)), start);
        node.Emit(Tensor.Of(new Shape(end - start), extents[start..end]));

        int Cut(long index) => (int)Math.Clamp(FromEnd(index, extents.Length), 0, extents.Length);
    }

    private static void Range(OnnxNode node)
    {
        Tensor start = node.Known(0, "start"), limit = node.Known(1, "limit"), delta = node.Known(2, "delta");
        if (start.Shape.Count != 1 || limit.Info.Type != start.Type
            || limit.Shape.Count != 1 || delta.Type != start.Type || delta.Shape.Count != 1)
            throw new ModelException($"It runs from {start.Info} to {limit.Info} by {delta.Info}; three scalars of one type are needed.");
        double first = start.ToDoubles()[0], step = delta.ToDoubles()[0];
        double count = Math.Max(Math.Ceiling((limit.ToDoubles()[0] - first) / step), 0);
        if (double.IsNaN(count) || count > EdgeCnn.Models.Shape.MaxCount)
            throw new ModelException($"It runs from {first} by {step} without end.");
        Tensor result = node.Graph.Synthesise(start.Type, new Shape((int)count));
        switch (start.Type)
        {
            case ElementType.Float32:
                Fill(start.As<float>()[0], delta.As<float>()[0], result.As<float>());
                break;
            case ElementType.Float64:
                Fill(start.As<double>()[0], delta.As<double>()[0], result.As<double>());
                break;
            case ElementType.Int32:
                Fill(start.As<int>()[0], delta.As<int>()[0], result.As<int>());
                break;
            case ElementType.Int64:
                Fill(start.As<long>()[0], delta.As<long>()[0], result.As<long>());
                break;
            default:
                throw new UnsupportedNodeException($"a range of {start.Type}");
        }
        node.Emit(result);

        static void Fill<T>(T first, T step, Span<T> values) where T : System.Numerics.INumber<T>
        {
            for (int i = 0; i < values.Length; i++) values[i] = unchecked(first + T.CreateTruncating(i) * step);
        }
    }

    /// <summary>The indices of all elements that are not zero, one column each; how many there are is known only of a constant.</summary>
    private static void NonZero(OnnxNode node)
    {
        Tensor x = node.Known(0, "input");
        if (x.Shape.Count > ShapeArithmetic.MaxCount) throw new UnsupportedNodeException($"an input of shape {x.Shape}");
        double[] values = x.ToDoubles();
        int[] places = [.. Enumerable.Range(0, values.Length).Where(i => values[i] != 0)];
        long[] indices = new long[x.Shape.Rank * places.Length];
        for (int axis = 0; axis < x.Shape.Rank; axis++)
        {
            long inner = x.Shape.CountBetween(axis + 1, x.Shape.Rank);
            for (int i = 0; i < places.Length; i++) indices[axis * places.Length + i] = places[i] / inner % x.Shape[axis];
        }
        node.Emit(Tensor.Of(new Shape(x.Shape.Rank, places.Length), indices));
    }

    /// <summary>A condition that is known now: the branch that is taken becomes part of the graph, the other is forgotten.</summary>
    private static void If(OnnxNode node)
    {
        Tensor condition = node.Known(0, "condition");
        if (condition.Type != ElementType.Bool || condition.Shape.Count != 1)
            throw new ModelException($"Its condition is {condition.Info}; one Bool is needed.");
        string taken = condition.Bytes[0] != 0 ? "then_branch" : "else_branch";
        GraphProto branch = node.Attribute(taken)?.G ?? throw new ModelException($"Its {taken} is missing.");
        if (branch.Input.Count > 0 || branch.Output.Count < node.OutputCount)
            throw new ModelException(
                $"Its {taken} has {branch.Input.Count} inputs and {branch.Output.Count} outputs; none and {node.OutputCount} are needed.");
        node.Graph.Inline(branch, node);
    }
}
