using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>One node of a model in figures.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Op">The operator's ONNX name.</param>
/// <param name="OutputShape">The shape of its first output.</param>
/// <param name="ActivationBytes">What all its outputs take.</param>
/// <param name="Parameters">Learned numbers that it is the first to read.</param>
/// <param name="Product">How the parameters come about, "3x3x64x128 + 128": height, width, inputs (of a group), outputs of kernels; inputs
/// and outputs of matrices.</param>
/// <param name="MultiplyAdds">Multiply-adds of one run.</param>
/// <param name="ReceptiveField">Pixels of the image along its side that one output depends on, padding included, the larger of height and
/// width; null where that is not known, as for what does not come from an image.</param>
public sealed record LayerSummary(
    string Name,
    string Op,
    Shape OutputShape,
    long ActivationBytes,
    long Parameters,
    string Product,
    long MultiplyAdds,
    int? ReceptiveField);

/// <summary>
/// A model in figures, node by node. Parameters are the numbers in the file that training made: all constants that nodes read as floating
/// point or as 8-bit weights, each counted once; not counted are the statistics of batch normalisation, scales and zero points, and
/// integers that serve as indices.
/// </summary>
public sealed record GraphSummary(ImmutableArray<LayerSummary> Layers)
{
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds);

    /// <summary>What all layers' outputs take together.</summary>
    public long ActivationBytes => Layers.Sum(layer => layer.ActivationBytes);

    public static GraphSummary Of(Graph graph)
    {
        HashSet<string> counted = [];
        ReceptiveFields fields = new(graph);
        ImmutableArray<LayerSummary>.Builder layers = ImmutableArray.CreateBuilder<LayerSummary>(graph.Nodes.Length);
        foreach (Node node in graph.Nodes)
        {
            ValueInfo?[] inputs = [.. node.Inputs.Select(input => input.Length > 0 ? graph.Values[input] : null)];
            ValueInfo[] outputs = [.. node.Operator.Infer(inputs, node.Outputs.Length)];
            long parameters = 0;
            List<string> products = [];
            for (int i = 0; i < inputs.Length; i++)
            {
                if (!IsLearned(node.Operator, i) || !graph.Constants.TryGetValue(node.Inputs[i], out Tensor? constant)) continue;
                bool number = constant.Type.IsFloat() || constant.Type is ElementType.Int8 or ElementType.UInt8
                    || node.Operator is QLinearConv or DequantizeLinear;
                if (!number || !counted.Add(node.Inputs[i])) continue;
                parameters += constant.Shape.Count;
                products.Add(Product(node.Operator, constant.Shape));
            }
            layers.Add(new LayerSummary(
                node.Name,
                node.Operator.Name,
                outputs[0].Shape,
                outputs.Sum(output => output.Shape.Count * output.Type.Size()),
                parameters,
                string.Join(" + ", products),
                node.Operator.MultiplyAdds(inputs, outputs),
                fields.Follow(node, inputs, outputs)));
        }
        return new GraphSummary(layers.ToImmutable());
    }

    private static string Product(Operator op, Shape shape) => ((op, shape.Rank) switch
    {
        (ConvTranspose, 4) => new Shape(shape[2], shape[3], shape[0], shape[1]),
        (Convolution, 4) => new Shape(shape[2], shape[3], shape[1], shape[0]),
        (Gemm { TransB: true }, 2) => new Shape(shape[1], shape[0]),
        _ => shape.Rank == 0 ? new Shape(1) : shape,
    }).ToString();

    private static bool IsLearned(Operator op, int input) => op switch
    {
        BatchNormalization => input is 1 or 2,
        DequantizeLinear => input == 0,
        QuantizeLinear => false,
        QLinearConv => input is 3 or 8,
        QLinearMatMul => input is 0 or 3,
        QLinearBinary => input is 0 or 3,
        QLinearConcat => input >= 2 && input % 3 == 2,
        QLinear => input == 0,
        ConvInteger or MatMulInteger => input < 2,
        _ => true,
    };
}
