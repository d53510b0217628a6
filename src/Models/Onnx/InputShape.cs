namespace EdgeCnn.Models.Onnx;

/// <summary>The shape of a model's input: what the options say, else what the file says, with an open first extent as the batch.</summary>
internal static class InputShape
{
    public static ElementType Type(ValueInfoProto input)
    {
        if (input.Type?.TensorType is not { } tensor)
            throw new ModelException($"The input '{input.Name}' is no tensor (a sequence, map or sparse tensor), which is not supported.");
        return TensorReader.Type(tensor.ElemType, $"The input '{input.Name}'");
    }

    public static Shape Of(ValueInfoProto input, OnnxReadOptions options)
    {
        TensorShapeProto? declared = input.Type.TensorType.Shape;
        if (options.InputShapes.TryGetValue(input.Name, out Shape? given))
        {
            if (declared is not null && declared.Dim.Count != given.Rank)
                throw new ModelException(
                    $"The shape {given} is given for the input '{input.Name}', which has {declared.Dim.Count} axes: {Describe(declared)}.");
            return given;
        }
        if (declared is null)
            throw new ModelException($"The model leaves the shape of its input '{input.Name}' open; give it, for instance 1x3x640x640.");
        int[] extents = new int[declared.Dim.Count];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            long? extent = Given(declared.Dim[axis]) ?? options.Open(axis, extents.Length);
            if (extent is null)
            {
                string open = Describe(declared), example = Example(declared);
                throw new ModelException(
                    $"The model leaves the shape of its input '{input.Name}' open ({open}); give it, for instance {example}.");
            }
            extents[axis] = OnnxNode.Narrow(extent.Value, $"extent of the input '{input.Name}'");
        }
        return new Shape(extents);
    }

    /// <summary>The extent that the file says; exporters write 0 or a name for one that is open.</summary>
    private static long? Given(TensorShapeProto.Types.Dimension extent) =>
        extent.HasDimValue && extent.DimValue > 0 ? extent.DimValue : null;

    private static string Describe(TensorShapeProto shape) => string.Join('x', shape.Dim.Select(extent =>
        Given(extent) is { } known ? FormattableString.Invariant($"{known}") : extent.DimParam.Length > 0 ? extent.DimParam : "?"));

    private static string Example(TensorShapeProto shape) => string.Join('x', shape.Dim.Select((extent, axis) =>
        FormattableString.Invariant($"{Given(extent) ?? (axis == 0 ? 1 : axis == 1 && shape.Dim.Count == 4 ? 3 : 640)}")));
}
