using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>
/// A node that multiplies data by constant weights: Conv, ConvTranspose, Gemm, MatMul. An output channel's weights are numbered by k =
/// (tap, input channel), the input channel fastest: the order in which an engine that keeps channels last multiplies them.
/// </summary>
internal sealed class Product
{
    private readonly Shape _shape;
    private readonly int _groups;
    private readonly bool _transposed;

    private Product(Node node, Tensor weights, Tensor? bias, long multiplyAdds)
    {
        (Node, Weights, Bias, MultiplyAdds, _shape) = (node, weights, bias, multiplyAdds, weights.Shape);
        _groups = (node.Operator as Convolution)?.Groups ?? 1;
        _transposed = node.Operator is ConvTranspose or MatMul or Gemm { TransB: false };
        Taps = _shape.Rank == 4 ? _shape[2] * _shape[3] : 1;
        Channels = _transposed ? _shape[1] * _groups : _shape[0];
        Depth = _transposed ? _shape[0] / _groups : _shape[1];
    }

    public Node Node { get; }

    public Tensor Weights { get; }

    public Tensor? Bias { get; }

    public long MultiplyAdds { get; }

    public string Data => Node.Inputs[0];

    public string Output => Node.Outputs[0];

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    /// <summary>Input channels that an output channel sums over.</summary>
    public int Depth { get; }

    /// <summary>Places of the kernel.</summary>
    public int Taps { get; }

    /// <summary>The axis of the weights along which output channels lie (within their group, for transposed convolutions).</summary>
    public int ChannelAxis => _transposed ? 1 : 0;

    /// <summary>Axis of the data along which input channels lie.</summary>
    public int DataAxis(Shape data) => Node.Operator is Convolution ? 1 : data.Rank - 1;

    /// <summary>Each output channel sees one input channel: no sum crosses channels.</summary>
    public bool IsDepthwise => Node.Operator is Conv && _groups > 1 && Depth == 1;

    /// <summary>The input channel that weight k of an output channel multiplies.</summary>
    public int InputChannel(int channel, int k) => (channel / (Channels / _groups) * Depth) + (k % Depth);

    /// <summary>Where weight k of an output channel lies in <see cref="Weights"/>.</summary>
    public int Index(int channel, int k)
    {
        (int tap, int depth) = (k / Depth, k % Depth);
        if (!_transposed) return (((channel * Depth) + depth) * Taps) + tap;
        int group = channel / (Channels / _groups), inGroup = channel % (Channels / _groups);
        return (((((group * Depth) + depth) * _shape[1]) + inGroup) * Taps) + tap;
    }

    /// <summary>The product that a node is; null when it is none that can be quantised.</summary>
    public static Product? Of(Node node, Graph graph)
    {
        bool suits = node.Operator switch
        {
            Conv => true,
            // Scales lie along one axis of the weights, which holds a group's channels only.
            ConvTranspose transposed => transposed.Groups == 1,
            MatMul => graph.Values[node.Inputs[0]].Shape.Rank >= 2,
            Gemm gemm => gemm is { Alpha: 1, TransA: false } && (gemm.Beta == 1 || node.Inputs.Length < 3),
            _ => false,
        };
        if (!suits || graph.Constants.ContainsKey(node.Inputs[0])) return null;
        if (graph.Constants.GetValueOrDefault(node.Inputs[1]) is not { Type: ElementType.Float32, Shape.Rank: 2 or 4 } weights) return null;
        Tensor? bias = null;
        if (node.Inputs.Length > 2 && node.Inputs[2].Length > 0)
        {
            int channels = graph.Values[node.Outputs[0]].Shape[1];
            if (graph.Constants.GetValueOrDefault(node.Inputs[2]) is not { } given || given.Shape.Count != channels) return null;
            bias = given;
        }
        ValueInfo?[] inputs = [.. node.Inputs.Select(input => input.Length == 0 ? null : graph.Values[input])];
        return new Product(node, weights, bias, node.Operator.MultiplyAdds(inputs, [graph.Values[node.Outputs[0]]]));
    }
}
