using EdgeCnn.Models;

namespace EdgeCnn.Training.Transfer;

/// <summary>A last layer with weights: a convolution or a product of matrices between which and an output nothing is learned.</summary>
/// <param name="Node">The layer.</param>
/// <param name="Weights">Its weights' name.</param>
/// <param name="Axis">Of its weights, along which its outputs lie.</param>
/// <param name="Bias">Its bias' name; "" for none.</param>
/// <param name="First">Which of the output's channels its first one is.</param>
internal sealed record HeadLayer(Node Node, string Weights, int Axis, string Bias, int First)
{
    /// <summary>Whether its inputs are the same channels, along axis 0 of its weights: it enlarges maps of classes (FCN-8s).</summary>
    public bool Enlarges => Node.Operator is ConvTranspose;

    /// <summary>The layers that an output is made of.</summary>
    /// <exception cref="ModelException">Something stands between them and the output that does not keep channels apart.</exception>
    public static List<HeadLayer> Of(Graph graph, string output)
    {
        List<HeadLayer> layers = [];
        Follow(graph, output, output, 0, "", layers);
        return layers;
    }

    private static void Follow(Graph graph, string output, string value, int first, string bias, List<HeadLayer> layers)
    {
        Node node = graph.Nodes.FirstOrDefault(node => node.Outputs.Contains(value))
            ?? throw new ModelException($"The output '{output}' is made of an input alone; there is no layer that could be replaced.");
        switch (node.Operator)
        {
            case Conv { Groups: 1 } when IsConstant(graph, node, 1):
                layers.Add(new HeadLayer(node, node.Inputs[1], 0, BiasOf(node, bias), first));
                break;
            case ConvTranspose { Groups: 1 } when IsConstant(graph, node, 1) && IsSquare(graph.Constants[node.Inputs[1]].Shape):
                layers.Add(new HeadLayer(node, node.Inputs[1], 1, BiasOf(node, bias), first));
                Follow(graph, output, node.Inputs[0], first, "", layers);
                break;
            case Gemm { TransA: false } gemm when IsConstant(graph, node, 1):
                layers.Add(new HeadLayer(node, node.Inputs[1], gemm.TransB ? 0 : 1, BiasOf(node, bias), first));
                break;
            case MatMul when IsConstant(graph, node, 1) && graph.Constants[node.Inputs[1]].Shape.Rank == 2:
                layers.Add(new HeadLayer(node, node.Inputs[1], 1, bias, first));
                break;
            case Add when IsConstant(graph, node, 1):
                Follow(graph, output, node.Inputs[0], first, node.Inputs[1], layers);
                break;
            case Add when IsConstant(graph, node, 0):
                Follow(graph, output, node.Inputs[1], first, node.Inputs[0], layers);
                break;
            case Add when node.Inputs.All(input => graph.Values[input].Shape.Equals(graph.Values[value].Shape)):
                foreach (string summand in node.Inputs) Follow(graph, output, summand, first, "", layers);
                break;
            case Concat { Axis: 1 }:
                foreach (string part in node.Inputs)
                {
                    Follow(graph, output, part, first, "", layers);
                    first += graph.Values[part].Shape[1];
                }
                break;
            case Concat when graph.Values[value].Shape.Rank == 3:
                foreach (string part in node.Inputs) Follow(graph, output, part, first, "", layers);
                break;
            case Softmax or LogSoftmax or Reshape or Transpose or Identity or Dropout or Relu:
            case GlobalAveragePool or GlobalMaxPool or AveragePool or ReduceMean or Resize:
            case Slice slice when slice.Sizes[1] == graph.Values[node.Inputs[0]].Shape[1]:
                Follow(graph, output, node.Inputs[0], first, bias, layers);
                break;
            default:
                throw new ModelException(
                    $"The output '{output}' is made by {node}; its head cannot be replaced, since that takes convolutions or products of "
                    + "matrices whose channels reach the output as they are.");
        }
    }

    private static bool IsSquare(Shape weights) => weights[0] == weights[1];

    private static bool IsConstant(Graph graph, Node node, int input) => graph.Constants.ContainsKey(node.Inputs[input]);

    private static string BiasOf(Node node, string outer) => node.Inputs.Length > 2 && node.Inputs[2].Length > 0 ? node.Inputs[2] : outer;
}
