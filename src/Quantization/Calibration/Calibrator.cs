using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Calibration;

/// <summary>Runs the float network over the calibration pictures, twice, and watches the values that are to be quantised.</summary>
internal static class Calibrator
{
    /// <param name="graph">The float network, folded.</param>
    /// <param name="placement">What is quantised.</param>
    /// <param name="pictures">At least one.</param>
    /// <param name="options">Threads, and whether distributions are needed.</param>
    /// <param name="progress">Told the number of pictures done, both passes together.</param>
    public static IReadOnlyDictionary<string, Observer> Observe(
        Graph graph, QdqPlacement placement, CalibrationSet pictures, QuantizationOptions options, IProgress<int>? progress)
    {
        Observer[] observers = [.. placement.Values.Values.Select(value => new Observer(value.Name, graph.Values[value.Name].Shape, ChannelAxis(graph, placement, value)))];
        using Network network = Network.Load(
            Rebuilding.Of(graph, graph.Nodes, new Dictionary<string, Tensor>(), observers.Select(observer => observer.Name)),
            new EngineOptions(options.Threads));
        Dictionary<string, int> output = network.Outputs.Select((value, i) => (value.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);
        int passes = options.Method == RangeMethod.MinMax ? 1 : 2;
        for (int pass = 0; pass < passes; pass++)
        {
            for (int picture = 0; picture < pictures.Count; picture++)
            {
                pictures.Fill(picture, network.Input<float>(0));
                network.Run();
                Parallel.ForEach(observers, new ParallelOptions { MaxDegreeOfParallelism = network.Threads }, observer =>
                {
                    ReadOnlySpan<float> values = network.Output<float>(output[observer.Name]);
                    QuantizedValue value = placement.Values[observer.Name];
                    if (pass == 0) observer.Measure(values);
                    // The picture itself is bounded; clipping it would wash out what is bright.
                    else observer.Distribute(values, value.PerTensor && !value.Carried && !graph.Inputs.Contains(value.Name), value.PerChannel);
                });
                if (observers.FirstOrDefault(observer => observer.IsBroken) is { } broken)
                    throw new ModelException($"The value '{broken.Name}' becomes infinite or no number on a calibration picture; leave that picture out or mend the model.");
                progress?.Report((pass * pictures.Count) + picture + 1);
            }
        }
        return observers.ToDictionary(observer => observer.Name);
    }

    private static int ChannelAxis(Graph graph, QdqPlacement placement, QuantizedValue value)
    {
        Shape shape = graph.Values[value.Name].Shape;
        Product? reader = placement.Products.FirstOrDefault(product => product.Data == value.Name);
        return reader?.DataAxis(shape) ?? (shape.Rank == 4 ? 1 : Math.Max(shape.Rank - 1, 0));
    }
}
