using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>
/// One model in the engine and in ONNX Runtime, fed with the same pictures: every value that both compute side by side, and every node of
/// the engine alone on ONNX Runtime's values.
/// </summary>
internal sealed class BackendComparison : IDisposable
{
    private readonly Network _engine;
    private readonly INetwork _reference;
    private readonly PictureFeed _feed;
    private readonly NodeComparisons _nodes;
    private readonly (int Output, TensorComparison Tensor)[] _tensors;

    private BackendComparison(Graph graph, Network engine, INetwork reference, PictureFeed feed)
    {
        (Graph, _engine, _reference, _feed, _nodes) = (graph, engine, reference, feed, new NodeComparisons(graph, reference));
        // Of what is known at load the engine keeps no value of a node.
        HashSet<string> values = [.. engine.Values.Intersect(Own.Select(tensor => tensor.Name).Union(graph.Outputs))];
        _tensors =
        [
            .. reference.Outputs.Index()
                .Where(output => values.Contains(output.Item.Name))
                .Select(output => (output.Index, new TensorComparison(output.Item.Name, output.Item.Shape))),
        ];
    }

    public Graph Graph { get; }

    /// <summary>How far the whole engine is from ONNX Runtime so far, in the values that it keeps.</summary>
    public IEnumerable<TensorComparison> Accumulated => _tensors.Select(tensor => tensor.Tensor);

    /// <summary>How far each node by itself is from it.</summary>
    public IEnumerable<TensorComparison> Own => _nodes.Tensors;

    public IEnumerable<string> Assumptions => _feed.Assumptions;

    public static BackendComparison Load(string path, int threads, OnnxReadOptions open)
    {
        Graph graph = OnnxModel.Read(path, open);
        Network engine = Network.Load(graph, new EngineOptions(threads, KeepAll: true));
        INetwork? reference = null;
        try
        {
            InferenceOptions options = new() { Backend = InferenceOptions.OnnxRuntime, Threads = threads };
            reference = Networks.LoadWithValues(path, options, graph.Nodes.SelectMany(node => node.Outputs), open);
            return new BackendComparison(graph, engine, reference, PictureFeed.For(path, engine.Inputs, engine.Outputs, graph.Metadata));
        }
        catch
        {
            reference?.Dispose();
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Runs a picture through both and takes in what they made of it.</summary>
    public void Add(ImageView picture)
    {
        _feed.Fill(picture, _reference);
        for (int i = 0; i < _engine.Inputs.Count; i++)
            FloatConversion.Store(_reference.Input(i), _engine.Inputs[i].Type, _engine.InputBytes(i));
        _reference.Run();
        _engine.Run();
        foreach ((int output, TensorComparison tensor) in _tensors)
        {
            Tensor value = _engine.Value(tensor.Name);
            float[] actual = new float[value.Shape.Count];
            FloatConversion.Load(value.Bytes, value.Type, actual);
            tensor.Add(_reference.Output(output), actual);
        }
        _nodes.Add();
    }

    public void Dispose()
    {
        _nodes.Dispose();
        _engine.Dispose();
        _reference.Dispose();
    }
}
