using EdgeCnn.Engine;
using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Sensitivity;

/// <summary>Holds networks to the float one on some pictures.</summary>
public sealed class OutputNoise
{
    private readonly CalibrationSet _pictures;
    private readonly int _threads;
    private readonly float[][][] _reference;
    private readonly string[] _values;

    /// <param name="reference">The float network.</param>
    /// <param name="values">What is compared: outputs of the graph.</param>
    /// <param name="pictures">Pictures to compare with.</param>
    /// <param name="threads">Threads that compute; 0 for all cores.</param>
    public OutputNoise(Graph reference, IEnumerable<string> values, CalibrationSet pictures, int threads)
    {
        (_values, _pictures, _threads) = ([.. values], pictures, threads);
        _reference = Run(reference);
    }

    /// <summary>The values of a network beside those of the reference, in the order they were named.</summary>
    public TensorComparison[] Of(Graph network)
    {
        float[][][] actual = Run(network);
        return
        [
            .. _values.Select((value, i) =>
            {
                TensorComparison comparison = new(value, network.Values[value].Shape);
                for (int picture = 0; picture < actual.Length; picture++) comparison.Add(_reference[picture][i], actual[picture][i]);
                return comparison;
            }),
        ];
    }

    /// <summary>
    /// The noise's share of all values' energy, on average over the values that are compared: 0.01 is a signal to noise ratio of 20 dB.
    /// </summary>
    public double ShareOf(Graph network) => Of(network).Average(comparison => Math.Min(comparison.Relative * comparison.Relative, 1));

    private float[][][] Run(Graph graph)
    {
        using Network network = Network.Load(graph, new EngineOptions(_threads));
        Dictionary<string, int> outputs = network.Outputs.Index().ToDictionary(output => output.Item.Name, output => output.Index);
        float[][][] values = new float[_pictures.Count][][];
        for (int picture = 0; picture < values.Length; picture++)
        {
            _pictures.Fill(picture, network.Input<float>(0));
            network.Run();
            values[picture] = [.. _values.Select(value => network.Output<float>(outputs[value]).ToArray())];
        }
        return values;
    }
}
