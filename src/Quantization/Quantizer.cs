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
    /// <summary>Steps of activations in 8 and in 16 bits.</summary>
    private const int Levels = 255, WideLevels = 65_535;

    private readonly Graph _graph;
    private readonly QuantizationOptions _options;
    private readonly QdqPlacement _placement;
    private readonly IReadOnlyDictionary<string, Observer> _observers;
    private readonly Dictionary<string, ValueScales> _scales = [];
    private readonly Dictionary<string, InputCovariance> _covariances = [];

    private Quantizer(Graph graph, QuantizationOptions options, QdqPlacement placement, IReadOnlyDictionary<string, Observer> observers) =>
        (_graph, _options, _placement, _observers) = (graph, options, placement, observers);

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
        Graph graph = Folding.Apply(model);
        if (options.Style == QdqStyle.Full) graph = Gates.Expand(graph);
        QdqPlacement placement = Placing.Of(graph, options.Style, options.Keep);
        if (placement.Products.Count == 0)
        {
            throw new ModelException(
                "Nothing in the model can be quantised: it has no convolution or matrix product with constant weights, or all are kept.");
        }
        using Calibrator calibrator = new(graph, placement, pictures, options.Threads, progress);
        Quantizer quantizer = new(graph, options, placement, calibrator.Observers);
        calibrator.Pass((observer, values) => observer.Measure(values));
        if (options.Method != RangeMethod.MinMax) calibrator.Pass(quantizer.Distribute);
        quantizer.ChooseScales();
        foreach (Product product in placement.Products)
        {
            if (InputCovariance.For(product, graph, calibrator.Observers[product.Data].Means, pictures.Count) is { } covariance)
                quantizer._covariances.Add(product.Node.Name, covariance);
        }
        ILookup<string, InputCovariance> covariances = placement.Products
            .Where(product => quantizer._covariances.ContainsKey(product.Node.Name))
            .ToLookup(product => product.Data, product => quantizer._covariances[product.Node.Name]);
        calibrator.Pass((observer, values) =>
        {
            ValueScales scales = quantizer._scales[observer.Name];
            bool perTensor = placement.Values[observer.Name].PerTensor;
            observer.MeasureQuantized(values, perTensor ? scales.PerTensor : null, scales.PerChannel, Levels);
            foreach (InputCovariance covariance in covariances[observer.Name]) covariance.Add(values);
        });
        return quantizer;
    }

    /// <summary>How often calibration looks at every picture.</summary>
    public static int Passes(QuantizationOptions options) => options.Method == RangeMethod.MinMax ? 2 : 3;

    private void Distribute(Observer observer, ReadOnlySpan<float> values)
    {
        QuantizedValue value = _placement.Values[observer.Name];
        // The picture itself is bounded; clipping it would wash out what is bright.
        bool perTensor = value is { PerTensor: true, Carried: false } && !_graph.Inputs.Contains(value.Name);
        observer.Distribute(values, perTensor, value.PerChannel);
    }

    /// <summary>Names of the layers that can be quantised, in the order of the network.</summary>
    public IReadOnlyList<string> Layers => [.. _placement.Products.Select(product => product.Node.Name)];

    /// <summary>The network in integers.</summary>
    /// <param name="precisions">Layers that are to be computed more exactly than in 8 bits.</param>
    public QuantizedNetwork Quantize(IReadOnlyDictionary<string, LayerPrecision>? precisions = null)
    {
        precisions ??= new Dictionary<string, LayerPrecision>();
        string[] kept = [.. precisions.Where(layer => layer.Value == LayerPrecision.Float).Select(layer => layer.Key)];
        QdqPlacement placement = kept.Length == 0 ? _placement : Placing.Of(_graph, _options.Style, _options.Keep.Union(kept).ToHashSet());
        HashSet<string> wide = [.. placement.Products.Where(product => PrecisionOf(product) == LayerPrecision.Int16).Select(GroupOf)];
        Dictionary<string, ValueScales> scales = placement.Values.Values.ToDictionary(value => value.Name, value => ScalesOf(value, wide));
        Dictionary<string, QuantizedWeights> weights = placement.Products.ToDictionary(
            product => product.Node.Name,
            product => Round(
                product, scales[product.Data], placement.ReadingOf(product.Node, 0) == Reading.PerChannel,
                PrecisionOf(product) == LayerPrecision.Int8 ? _options.Weights : WeightRange.Full));
        long all = _graph.Nodes.Sum(MultiplyAdds), integer = placement.Products.Where(IsNarrow).Sum(product => product.MultiplyAdds);
        int layers = placement.Products.Count(IsNarrow);
        return new QuantizedNetwork(
            QdqGraph.Write(_graph, placement, scales, weights),
            layers,
            placement.Products.Count + placement.Kept.Count - layers,
            all == 0 ? 0 : (double)integer / all);

        LayerPrecision PrecisionOf(Product product) => precisions.GetValueOrDefault(product.Node.Name);
        bool IsNarrow(Product product) => scales[product.Data].Type == ElementType.UInt8;
        string GroupOf(Product product) => _placement.Values[product.Data].Group;
    }

    /// <summary>What quantising each layer does to the outputs, by itself and together with all others.</summary>
    /// <param name="pictures">A few are enough.</param>
    /// <param name="progress">Told the number of layers done.</param>
    public IReadOnlyList<LayerSensitivity> Sensitivities(CalibrationSet pictures, IProgress<int>? progress = null)
    {
        string[] data = [.. _placement.Products.Select(product => product.Data).Distinct().Where(value => !_graph.Inputs.Contains(value))];
        Dictionary<string, Tensor> none = [];
        OutputNoise inside = new(Rebuilding.Of(_graph, _graph.Nodes, none, data), data, pictures, _options.Threads);
        Graph whole = Quantize().Graph;
        Dictionary<string, double> accumulated = inside.Of(Rebuilding.Of(whole, whole.Nodes, none, data))
            .ToDictionary(value => value.Name, value => value.SqnrDecibels);
        OutputNoise outputs = new(_graph, _graph.Outputs, pictures, _options.Threads);
        long all = _graph.Nodes.Sum(MultiplyAdds);
        List<LayerSensitivity> sensitivities = [];
        foreach (Product product in _placement.Products)
        {
            Dictionary<string, LayerPrecision> others = _placement.Products
                .Where(other => other != product).ToDictionary(other => other.Node.Name, _ => LayerPrecision.Float);
            double noise = outputs.ShareOf(Quantize(others).Graph);
            sensitivities.Add(new LayerSensitivity(
                product.Node.Name,
                (double)product.MultiplyAdds / all,
                -10 * Math.Log10(noise),
                accumulated.GetValueOrDefault(product.Data, double.PositiveInfinity)));
            progress?.Report(sensitivities.Count);
        }
        return sensitivities;
    }

    /// <summary>The noise of a network's outputs against those of the float one, as a share of their energy.</summary>
    public OutputNoise Outputs(CalibrationSet pictures) => new(_graph, _graph.Outputs, pictures, _options.Threads);

    private long MultiplyAdds(Node node) => node.Operator.MultiplyAdds(
        [.. node.Inputs.Select(input => input.Length == 0 ? null : _graph.Values[input])],
        [.. node.Outputs.Select(output => output.Length == 0 ? new ValueInfo(ElementType.Float32, Shape.Scalar) : _graph.Values[output])]);

    private QuantizedWeights Round(Product product, ValueScales data, bool perChannel, WeightRange range)
    {
        float[] dataScales = perChannel ? [.. data.PerChannel!.Select(scale => scale.Scale)] : [data.PerTensor!.Value.Scale];
        Observer observer = _observers[product.Data];
        // 16 bits are so fine that they shift no mean.
        double[] quantizedMeans = data.Type == ElementType.UInt16 ? observer.Means : observer.QuantizedMeans(perChannel);
        return WeightQuantizer.Quantize(
            product, dataScales, observer.Means, quantizedMeans, observer.Powers, _covariances.GetValueOrDefault(product.Node.Name), range);
    }

    /// <summary>What a value of a placement needs of the scales that calibration chose; nothing is clipped in 16 bits.</summary>
    private ValueScales ScalesOf(QuantizedValue value, HashSet<string> wide)
    {
        ValueScales chosen = _scales[value.Name];
        string group = _placement.Values[value.Name].Group;
        if (!wide.Contains(group))
        {
            return chosen with
            {
                PerTensor = value.PerTensor ? chosen.PerTensor : null,
                PerChannel = value.PerChannel ? chosen.PerChannel : null,
            };
        }
        ValueRange range = _placement.Values.Values.Where(other => other.Group == group)
            .Aggregate(ValueRange.Empty, (sum, other) => sum.Union(_observers[other.Name].Bounds));
        AffineScale[] perChannel = [.. Enumerable.Repeat(range.Scale(WideLevels), value.PerChannel ? _observers[value.Name].Channels : 0)];
        return new ValueScales(ElementType.UInt16, value.PerTensor ? range.Scale(WideLevels) : null, value.PerChannel ? perChannel : null);
    }

    /// <summary>Values of a group share the union of their ranges; what was only carried on adds nothing to it.</summary>
    private void ChooseScales()
    {
        Dictionary<string, ValueRange> groups = [];
        foreach (QuantizedValue value in _placement.Values.Values.Where(value => value.PerTensor && !value.Carried))
        {
            ValueRange range = _observers[value.Name].Range(_options.Method, _options.Percentile);
            groups[value.Group] = groups.GetValueOrDefault(value.Group, ValueRange.Empty).Union(range);
        }
        foreach (QuantizedValue value in _placement.Values.Values)
        {
            // A placement with fewer layers may read with one scale what this one reads per channel only.
            ValueRange range = groups.TryGetValue(value.Group, out ValueRange shared) ? shared : _observers[value.Name].Bounds;
            AffineScale? perTensor = range.Scale(Levels);
            AffineScale[]? perChannel = value.PerChannel ? ChannelScales(_observers[value.Name]) : null;
            _scales.Add(value.Name, new ValueScales(ElementType.UInt8, perTensor, perChannel));
        }
    }

    private AffineScale[] ChannelScales(Observer observer)
    {
        // A channel that calibration hardly saw alive gets steps that are fine beside those of its neighbours, but not out of all
        // proportion.
        float least = (observer.Bounds.High - observer.Bounds.Low) * 1e-4f;
        return
        [
            .. observer.ChannelRanges(_options.Method, _options.Percentile)
                .Select(range => (range.High - range.Low >= least ? range : range.Union(new ValueRange(0, least))).Scale(Levels)),
        ];
    }

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
