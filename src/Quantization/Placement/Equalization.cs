using EdgeCnn.Models;
using EdgeCnn.Quantization.Calibration;

namespace EdgeCnn.Quantization.Placement;

/// <summary>
/// Cross-layer equalisation (Nagel, van Baalen, Blankevoort, Welling: Data-Free Quantization Through Weight Equalization and Bias
/// Correction, ICCV 2019, section 4.1): where one product reads what another one makes, a channel divided by a factor in the first and
/// multiplied by it in the second computes the same, but the channels between them can share a scale. The paper takes the first layer's
/// weights for the channels' ranges; here calibration knows them.
/// <para>
/// Between the products may be nothing or what commutes with positive factors. A ReLU6 does only below its bound, so there no channel is
/// made larger than the largest one was: what calibration saw is not clipped, and the same is computed.
/// </para>
/// </summary>
internal sealed class Equalization
{
    /// <summary>The noise that has to be left at most, as a part of what it was: what gains less is not worth a change.</summary>
    private const double WorthWhile = 0.5;

    /// <summary>No channel is changed by more than this, so that what calibration saw little of cannot become everything.</summary>
    private const double MostChange = 1024;

    private readonly Dictionary<Product, float[]> _divided = [];
    private readonly Dictionary<Product, float[]> _multiplied = [];

    /// <param name="graph">The float network, folded.</param>
    /// <param name="placement">What is quantised in it.</param>
    /// <param name="observers">Having seen the bounds of its values.</param>
    /// <returns>Null when no layer gains by it.</returns>
    public static Equalization? Of(Graph graph, QdqPlacement placement, IReadOnlyDictionary<string, Observer> observers)
    {
        Wiring wiring = new(graph);
        Dictionary<string, Product> makers = placement.Products.ToDictionary(product => product.Output);
        Equalization equalization = new();
        foreach (Product reader in placement.Products)
        {
            if (placement.ReadingOf(reader.Node, 0) != Reading.PerTensor || reader.Node.Operator is not Conv) continue;
            if (wiring.OnlyReader(reader.Data) != reader.Node) continue;
            Node? between = makers.ContainsKey(reader.Data) ? null : wiring.Producer(reader.Data);
            if (between is not null && !Commutes(between, wiring)) continue;
            if (!makers.TryGetValue(between?.Inputs[0] ?? reader.Data, out Product? maker)) continue;
            if (maker.Node.Operator is not Conv || equalization._multiplied.ContainsKey(maker)) continue;
            ReaderNoise noise = new(reader, observers[reader.Data]);
            float[] factors = noise.Factors(MostChange);
            if (noise.After(factors) > WorthWhile * noise.After(null)) continue;
            equalization._divided.Add(maker, factors);
            equalization._multiplied.Add(reader, factors);
        }
        return equalization._divided.Count == 0 ? null : equalization;
    }

    private static bool Commutes(Node node, Wiring wiring) =>
        node.Operator is Relu or LeakyRelu or Clip { Min: 0 } && wiring.OnlyReader(node.Inputs[0]) == node;

    /// <summary>The same network with other weights.</summary>
    public Graph Apply(Graph graph)
    {
        Dictionary<string, Tensor> constants = [];
        Dictionary<string, Product> changed = _divided.Keys.Concat(_multiplied.Keys).Distinct().ToDictionary(product => product.Node.Name);
        return Rebuilding.Of(
            graph,
            graph.Nodes.Select(node => changed.TryGetValue(node.Name, out Product? product) ? Scaled(product, constants) : node),
            constants);
    }

    private Node Scaled(Product product, Dictionary<string, Tensor> constants)
    {
        float[]? outputs = _divided.GetValueOrDefault(product), inputs = _multiplied.GetValueOrDefault(product);
        float[] weights = product.Weights.As<float>().ToArray();
        for (int channel = 0; channel < product.Channels; channel++)
        {
            for (int k = 0; k < product.Depth * product.Taps; k++)
            {
                ref float weight = ref weights[product.Index(channel, k)];
                if (inputs is not null) weight *= inputs[product.InputChannel(channel, k)];
                if (outputs is not null) weight /= outputs[channel];
            }
        }
        string name = $"{product.Node.Name}:equalized";
        constants.Add(name, Tensor.Of(product.Weights.Shape, weights));
        Node scaled = product.Node with { Inputs = product.Node.Inputs.SetItem(1, name) };
        if (outputs is null || product.Bias is not { } old) return scaled;
        string bias = $"{product.Node.Name}:equalized bias";
        constants.Add(bias, Tensor.Of(old.Shape, [.. old.As<float>().ToArray().Zip(outputs, (b, factor) => b / factor)]));
        return scaled with { Inputs = scaled.Inputs.SetItem(2, bias) };
    }
}
