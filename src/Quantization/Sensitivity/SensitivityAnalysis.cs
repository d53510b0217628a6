using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Sensitivity;

/// <summary>What quantising each layer does to the outputs, by itself and together with all others.</summary>
public static class SensitivityAnalysis
{
    /// <param name="quantizer">After calibration.</param>
    /// <param name="pictures">A few are enough.</param>
    /// <param name="progress">Told the number of layers done.</param>
    public static IReadOnlyList<LayerSensitivity> Of(Quantizer quantizer, CalibrationSet pictures, IProgress<int>? progress = null)
    {
        Graph graph = quantizer.Graph;
        IReadOnlyList<Product> products = quantizer.Products;
        IReadOnlyDictionary<string, double> accumulated = Accumulated(quantizer, pictures);
        OutputNoise outputs = quantizer.Outputs(pictures);
        List<LayerSensitivity> sensitivities = [];
        foreach (Product product in products)
        {
            Dictionary<string, LayerPrecision> others = products
                .Where(other => other != product).ToDictionary(other => other.Node.Name, _ => LayerPrecision.Float);
            double noise = outputs.ShareOf(quantizer.Quantize(others).Graph);
            sensitivities.Add(new LayerSensitivity(
                product.Node.Name,
                (double)product.MultiplyAdds / quantizer.MultiplyAdds,
                -10 * Math.Log10(noise),
                accumulated.GetValueOrDefault(product.Data, double.PositiveInfinity)));
            progress?.Report(sensitivities.Count);
        }
        return sensitivities;
    }

    /// <summary>For each value that a product reads its signal to noise ratio when everything is quantised, in decibels.</summary>
    private static Dictionary<string, double> Accumulated(Quantizer quantizer, CalibrationSet pictures)
    {
        Graph graph = quantizer.Graph, whole = quantizer.Quantize().Graph;
        string[] data = [.. quantizer.Products.Select(product => product.Data).Distinct().Where(value => !graph.Inputs.Contains(value))];
        Dictionary<string, Tensor> none = [];
        OutputNoise inside = new(Rebuilding.Of(graph, graph.Nodes, none, data), data, pictures, quantizer.Threads);
        return inside.Of(Rebuilding.Of(whole, whole.Nodes, none, data)).ToDictionary(value => value.Name, value => value.SqnrDecibels);
    }
}
