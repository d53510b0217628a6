using EdgeCnn.Engine;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>A network that our own engine computes.</summary>
internal sealed class EngineNetwork : INetwork
{
    private readonly Network _network;
    private readonly float[]?[] _inputs;
    private readonly float[]?[] _outputs;

    private EngineNetwork(Network network, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<string> fallbacks)
    {
        (_network, Metadata, Fallbacks) = (network, metadata, fallbacks);
        _inputs = [.. network.Inputs.Select(Floats)];
        _outputs = [.. network.Outputs.Select(Floats)];

        // Values that are float already are read and written where they lie.
        static float[]? Floats(NamedValue value) => value.Type == ElementType.Float32 ? null : new float[value.Shape.Count];
    }

    public string Backend => InferenceOptions.Engine;

    public IReadOnlyList<string> Fallbacks { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyList<NamedValue> Inputs => _network.Inputs;

    public IReadOnlyList<NamedValue> Outputs => _network.Outputs;

    /// <param name="graph">The model.</param>
    /// <param name="options">Threads.</param>
    /// <param name="fallbacks">Sentences to be said with it.</param>
    /// <exception cref="ModelException">The engine does not have all that the graph asks for.</exception>
    public static EngineNetwork Load(Graph graph, InferenceOptions options, IReadOnlyList<string> fallbacks) =>
        new(Network.Load(graph, new EngineOptions(options.ThreadsInUse)), graph.Metadata, fallbacks);

    public Span<float> Input(int index) => _inputs[index] is { } floats ? floats : _network.Input<float>(index);

    public void Run()
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (_inputs[i] is { } floats) FloatConversion.Store(floats, Inputs[i].Type, _network.InputBytes(i));
        }
        _network.Run();
        for (int i = 0; i < _outputs.Length; i++)
        {
            if (_outputs[i] is { } floats) FloatConversion.Load(_network.OutputBytes(i), Outputs[i].Type, floats);
        }
    }

    public ReadOnlySpan<float> Output(int index) => _outputs[index] is { } floats ? floats : _network.Output<float>(index);

    public void Dispose() => _network.Dispose();
}
