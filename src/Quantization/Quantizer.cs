using EdgeCnn.Models;
using EdgeCnn.Quantization.Calibration;
using EdgeCnn.Quantization.Placement;
using EdgeCnn.Quantization.Sensitivity;
using EdgeCnn.Quantization.Weights;

namespace EdgeCnn.Quantization;

/// <summary>A network in integers.</summary>
/// <param name="Graph">With QuantizeLinear and DequantizeLinear: plain ONNX.</param>
/// <param name="IntegerLayers">Products (convolutions, fully connected layers) that are computed in integers.</param>
/// <param name="FloatLayers">Those that are not.</param>
/// <param name="IntegerShare">The share of all multiply-adds that is computed in integers, 0 to 1.</param>
public sealed record QuantizedNetwork(Graph Graph, int IntegerLayers, int FloatLayers, double IntegerShare);

/// <summary>Makes an 8-bit network of a float one: after calibration, as often as one wants to vary how.</summary>
public sealed class Quantizer
{
    /// <summary>Pictures on which the network that was equalised is held to the one that was not.</summary>
    private const int JudgedPictures = 8;

    private readonly Graph _model;
    private readonly CalibratedNetwork _network;
    private readonly QuantizationOptions _options;

    private Quantizer(Graph model, CalibratedNetwork network, QuantizationOptions options)
    {
        (_model, _network, _options) = (model, network, options);
        MultiplyAdds = network.Graph.Nodes.Sum(MultiplyAddsOf);
    }

    /// <summary>Runs the float network over the calibration pictures.</summary>
    /// <param name="model">The float network; one input, the picture.</param>
    /// <param name="pictures">At least one.</param>
    /// <param name="options">How it is to be quantised.</param>
    /// <param name="progress">Told the number of pictures done; <see cref="Passes"/> times as many as there are in the end.</param>
    /// <exception cref="ModelException">The model is quantised already, has nothing to quantise, or has no node of a name to
    /// keep.</exception>
    public static Quantizer Calibrate(Graph model, CalibrationSet pictures, QuantizationOptions options, IProgress<int>? progress = null)
    {
        Refuse(model, options);
        Quantizer plain = new(model, CalibratedNetwork.Of(model, pictures, options, progress), options);
        if (!options.Equalize || plain._network.Equalized(pictures, options, progress) is not { } network) return plain;
        Quantizer equalized = new(model, network, options);
        OutputNoise noise = plain.Outputs(pictures.First(JudgedPictures));
        return noise.ShareOf(equalized.Quantize().Graph) < noise.ShareOf(plain.Quantize().Graph) ? equalized : plain;
    }

    /// <summary>How often calibration looks at every picture.</summary>
    public static int Passes(QuantizationOptions options) => CalibratedNetwork.Passes(options);

    /// <summary>Names of the layers that can be quantised, in the order of the network.</summary>
    public IReadOnlyList<string> Layers => [.. Products.Select(product => product.Node.Name)];

    /// <summary>The float network that is quantised.</summary>
    internal Graph Graph => _network.Graph;

    internal IReadOnlyList<Product> Products => _network.Placement.Products;

    /// <summary>Of the whole network.</summary>
    internal long MultiplyAdds { get; }

    internal int Threads => _options.Threads;

    /// <summary>The network in integers.</summary>
    /// <param name="precisions">Layers that are to be computed more exactly than in 8 bits.</param>
    public QuantizedNetwork Quantize(IReadOnlyDictionary<string, LayerPrecision>? precisions = null)
    {
        precisions ??= new Dictionary<string, LayerPrecision>();
        string[] kept = [.. precisions.Where(layer => layer.Value == LayerPrecision.Float).Select(layer => layer.Key)];
        QdqPlacement placement = kept.Length == 0
            ? _network.Placement
            : Placing.Of(Graph, _options.Style, _options.Keep.Union(kept).ToHashSet());
        HashSet<string> wide = [.. placement.Products.Where(product => PrecisionOf(product) == LayerPrecision.Int16).Select(GroupOf)];
        Dictionary<string, ValueScales> scales =
            placement.Values.Values.ToDictionary(value => value.Name, value => _network.Scales.For(value, wide));
        Dictionary<string, QuantizedWeights> weights = placement.Products.ToDictionary(
            product => product.Node.Name,
            product => Round(
                product, scales[product.Data], placement.ReadingOf(product.Node, 0) == Reading.PerChannel,
                PrecisionOf(product) == LayerPrecision.Int8 ? _options.Weights : WeightRange.Full));
        long integer = placement.Products.Where(IsNarrow).Sum(product => product.MultiplyAdds);
        int layers = placement.Products.Count(IsNarrow);
        return new QuantizedNetwork(
            QdqGraph.Write(Graph, placement, scales, weights),
            layers,
            placement.Products.Count + placement.Kept.Count - layers,
            MultiplyAdds == 0 ? 0 : (double)integer / MultiplyAdds);

        LayerPrecision PrecisionOf(Product product) => precisions.GetValueOrDefault(product.Node.Name);
        bool IsNarrow(Product product) => scales[product.Data].Type == ElementType.UInt8;
        string GroupOf(Product product) => _network.Placement.Values[product.Data].Group;
    }

    /// <summary>The noise of a network's outputs against those of the float one, as a share of their energy.</summary>
    public OutputNoise Outputs(CalibrationSet pictures) => new(_model, _model.Outputs, pictures, _options.Threads);

    private QuantizedWeights Round(Product product, ValueScales data, bool perChannel, WeightRange range)
    {
        float[] dataScales = perChannel ? [.. data.PerChannel!.Select(scale => scale.Scale)] : [data.PerTensor!.Value.Scale];
        Observer observer = _network.Observers[product.Data];
        // 16 bits are so fine that they shift no mean.
        double[] quantizedMeans = data.Type == ElementType.UInt16 ? observer.Means : observer.QuantizedMeans(perChannel);
        return WeightQuantizer.Quantize(
            product, dataScales, observer.Means, quantizedMeans, observer.Powers,
            _network.Covariances.GetValueOrDefault(product.Node.Name), range);
    }

    private long MultiplyAddsOf(Node node) => node.Operator.MultiplyAdds(
        [.. node.Inputs.Select(input => input.Length == 0 ? null : Graph.Values[input])],
        [.. node.Outputs.Select(output => output.Length == 0 ? new ValueInfo(ElementType.Float32, Shape.Scalar) : Graph.Values[output])]);

    private static void Refuse(Graph model, QuantizationOptions options)
    {
        if (model.Nodes.FirstOrDefault(node => IsQuantized(node.Operator)) is { } quantized)
            throw new ModelException($"The model is quantised already ({quantized}); give the float model it was made from.");
        if (options.Keep.FirstOrDefault(name => model.Nodes.All(node => node.Name != name)) is { } unknown)
            throw new ModelException($"The model has no node '{unknown}' to keep; 'edgecnn inspect' lists its nodes.");
        if (model.Inputs.Length != 1 || model.Values[model.Inputs[0]].Type != ElementType.Float32)
            throw new ModelException("The model does not take one float32 picture as its only input, so pictures cannot calibrate it.");
    }

    private static bool IsQuantized(Operator op) =>
        op is QuantizeLinear or DequantizeLinear or DynamicQuantizeLinear or QLinear or QLinearConv or ConvInteger or MatMulInteger;
}
