using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;
using EdgeCnn.Quantization.Weights;

namespace EdgeCnn.Quantization.Calibration;

/// <summary>A float network, where it is to be quantised, and what calibration found out for that.</summary>
/// <param name="Graph">Folded.</param>
/// <param name="Placement">What is quantised in it.</param>
/// <param name="Observers">What was seen of each value, by its name.</param>
/// <param name="Scales">Chosen from that.</param>
/// <param name="Covariances">How the inputs of products vary, by the name of the node; where that can be had.</param>
internal sealed record CalibratedNetwork(
    Graph Graph,
    QdqPlacement Placement,
    IReadOnlyDictionary<string, Observer> Observers,
    ChosenScales Scales,
    IReadOnlyDictionary<string, InputCovariance> Covariances)
{
    /// <summary>How often every picture is looked at.</summary>
    public static int Passes(QuantizationOptions options) => options.Method == RangeMethod.MinMax ? 2 : 3;

    /// <summary>Runs a network over the calibration pictures: for bounds, for distributions, and for what rounding does to means.</summary>
    /// <param name="model">The float network; one input, the picture.</param>
    /// <param name="pictures">At least one.</param>
    /// <param name="options">How it is to be quantised.</param>
    /// <param name="progress">Told the number of pictures done, all passes together.</param>
    /// <exception cref="ModelException">There is nothing to quantise, or a value becomes infinite.</exception>
    public static CalibratedNetwork Of(Graph model, CalibrationSet pictures, QuantizationOptions options, IProgress<int>? progress)
    {
        Graph graph = Folding.Apply(model);
        return Calibrate(options.Style == QdqStyle.Full ? Gates.Expand(graph) : graph, pictures, options, progress);
    }

    /// <summary>The same network with its layers equalised, calibrated anew; null where no layer gains by it.</summary>
    public CalibratedNetwork? Equalized(CalibrationSet pictures, QuantizationOptions options, IProgress<int>? progress)
    {
        if (Equalization.Of(Graph, Placement, Observers) is not { } equalization) return null;
        IProgress<int>? atEnd = progress is null ? null : new AtEnd(progress, Passes(options) * pictures.Count);
        return Calibrate(equalization.Apply(Graph), pictures, options, atEnd);
    }

    private static CalibratedNetwork Calibrate(Graph graph, CalibrationSet pictures, QuantizationOptions options, IProgress<int>? progress)
    {
        QdqPlacement placement = Placing.Of(graph, options.Style, options.Keep);
        if (placement.Products.Count == 0)
        {
            throw new ModelException(
                "Nothing in the model can be quantised: it has no convolution or matrix product with constant weights, or all are kept.");
        }
        using Calibrator calibrator = new(graph, placement, pictures, options.Threads, progress);
        calibrator.Pass((observer, values) => observer.Measure(values));
        if (options.Method != RangeMethod.MinMax)
        {
            calibrator.Pass((observer, values) =>
            {
                QuantizedValue value = placement.Values[observer.Name];
                // The picture itself is bounded; clipping it would wash out what is bright.
                bool perTensor = value is { PerTensor: true, Carried: false } && !graph.Inputs.Contains(value.Name);
                observer.Distribute(values, perTensor, value.PerChannel);
            });
        }
        ChosenScales scales = new(placement, calibrator.Observers, options);
        Dictionary<string, InputCovariance> covariances = [];
        foreach (Product product in placement.Products)
        {
            if (InputCovariance.For(product, graph, calibrator.Observers[product.Data].Means, pictures.Count) is { } covariance)
                covariances.Add(product.Node.Name, covariance);
        }
        ILookup<string, InputCovariance> readers = placement.Products
            .Where(product => covariances.ContainsKey(product.Node.Name))
            .ToLookup(product => product.Data, product => covariances[product.Node.Name]);
        calibrator.Pass((observer, values) =>
        {
            ValueScales chosen = scales[observer.Name];
            bool perTensor = placement.Values[observer.Name].PerTensor;
            observer.MeasureQuantized(values, perTensor ? chosen.PerTensor : null, chosen.PerChannel, ChosenScales.Levels);
            foreach (InputCovariance covariance in readers[observer.Name]) covariance.Add(values);
        });
        return new CalibratedNetwork(graph, placement, calibrator.Observers, scales, covariances);
    }

    /// <summary>Progress that is at its end already, but can still be cancelled.</summary>
    private sealed class AtEnd(IProgress<int> progress, int end) : IProgress<int>
    {
        public void Report(int value) => progress.Report(end);
    }
}
