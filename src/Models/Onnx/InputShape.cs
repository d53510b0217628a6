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
                throw new ModelException($"The shape {given} is given for the input '{input.Name}', which has {declared.Dim.Count} axes: {Describe(declared)}.");
            return given;
        }
        if (declared is null) throw new ModelException($"The model leaves the shape of its input '{input.Name}' open; give it, for instance 1x3x640x640.");
        int[] extents = new int[declared.Dim.Count];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            TensorShapeProto.Types.Dimension extent = declared.Dim[axis];
            if (extent.HasDimValue && extent.DimValue > 0) extents[axis] = OnnxNode.Narrow(extent.DimValue, $"extent of the input '{input.Name}'");
            else if (options.Open(axis, extents.Length) is { } open) extents[axis] = open;
            else throw new ModelException($"The model leaves the shape of its input '{input.Name}' open ({Describe(declared)}); give it, for instance {Example(declared)}.");
        }
        return new Shape(extents);
    }

    private static string Describe(TensorShapeProto shape) => string.Join('x', shape.Dim.Select(extent =>
        extent.HasDimValue && extent.DimValue > 0 ? FormattableString.Invariant($"{extent.DimValue}") : extent.DimParam.Length > 0 ? extent.DimParam : "?"));

    private static string Example(TensorShapeProto shape) => string.Join('x', shape.Dim.Select((extent, axis) =>
        FormattableString.Invariant($"{(extent.HasDimValue && extent.DimValue > 0 ? extent.DimValue : axis == 0 ? 1 : axis == 1 && shape.Dim.Count == 4 ? 3 : 640)}")));
}
