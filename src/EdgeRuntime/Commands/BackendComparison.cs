using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>One model in the engine and in ONNX Runtime, fed with the same pictures, every value that both compute side by side.</summary>
internal sealed class BackendComparison : IDisposable
{
    private readonly Graph _graph;
    private readonly Network _engine;
    private readonly INetwork _reference;
    private readonly PictureFeed _feed;
    private readonly TensorComparison[] _tensors;

    private BackendComparison(Graph graph, Network engine, INetwork reference, PictureFeed feed)
    {
        (_graph, _engine, _reference, _feed) = (graph, engine, reference, feed);
        _tensors = [.. reference.Outputs.Select(output => new TensorComparison(output.Name, output.Shape))];
    }

    /// <summary>How far the engine is from ONNX Runtime so far.</summary>
    public IReadOnlyList<TensorComparison> Tensors => _tensors;

    public IEnumerable<string> Assumptions => _feed.Assumptions;

    public static BackendComparison Load(string path, int threads, OnnxReadOptions open)
    {
        Graph graph = OnnxModel.Read(path, open);
        Network engine = Network.Load(graph, new EngineOptions(threads, KeepAll: true));
        INetwork? reference = null;
        try
        {
            reference = Networks.LoadWithValues(
                path, new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, Threads = threads }, engine.Values, open);
            return new BackendComparison(graph, engine, reference, PictureFeed.For(path, engine.Inputs, engine.Outputs, graph.Metadata));
        }
        catch
        {
            reference?.Dispose();
            engine.Dispose();
            throw;
        }
    }

    public bool IsOutput(string tensor) => _graph.Outputs.Contains(tensor);

    public string OperatorOf(string tensor) => _graph.Nodes.FirstOrDefault(node => node.Outputs.Contains(tensor))?.Operator.Name ?? "";

    /// <summary>Runs a picture through both and takes in what they made of it.</summary>
    public void Add(ImageView picture)
    {
        _feed.Fill(picture, _reference);
        for (int i = 0; i < _engine.Inputs.Count; i++) FloatConversion.Store(_reference.Input(i), _engine.Inputs[i].Type, _engine.InputBytes(i));
        _reference.Run();
        _engine.Run();
        foreach ((int i, TensorComparison tensor) in _tensors.Index())
        {
            Tensor value = _engine.Value(tensor.Name);
            float[] actual = new float[value.Shape.Count];
            FloatConversion.Load(value.Bytes, value.Type, actual);
            tensor.Add(_reference.Output(i), actual);
        }
    }

    public void Dispose()
    {
        _engine.Dispose();
        _reference.Dispose();
    }
}
