using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Calibration;

/// <summary>
/// Runs the float network over the calibration pictures, pass after pass, and watches the values that are to be quantised.
/// </summary>
internal sealed class Calibrator : IDisposable
{
    private readonly Network _network;
    private readonly CalibrationSet _pictures;
    private readonly IProgress<int>? _progress;
    private readonly Dictionary<string, int> _outputs;
    private readonly ParallelOptions _parallel;
    private int _done;

    /// <param name="graph">The float network, folded.</param>
    /// <param name="placement">What is quantised.</param>
    /// <param name="pictures">At least one.</param>
    /// <param name="threads">That compute; 0 for all cores.</param>
    /// <param name="progress">Told the number of pictures done, all passes together.</param>
    public Calibrator(Graph graph, QdqPlacement placement, CalibrationSet pictures, int threads, IProgress<int>? progress)
    {
        (_pictures, _progress) = (pictures, progress);
        Observers = placement.Values.Keys.ToDictionary(
            name => name, name => new Observer(name, graph.Values[name].Shape, ChannelAxis(graph, placement, name)));
        Graph observed = Rebuilding.Of(graph, graph.Nodes, new Dictionary<string, Tensor>(), placement.Values.Keys);
        _network = Network.Load(observed, new EngineOptions(threads));
        _outputs = _network.Outputs.Select((value, i) => (value.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = _network.Threads };
    }

    /// <summary>By the name of the value.</summary>
    public IReadOnlyDictionary<string, Observer> Observers { get; }

    public delegate void Look(Observer observer, ReadOnlySpan<float> values);

    /// <summary>Shows every value of every picture to its observer.</summary>
    /// <exception cref="ModelException">A value is infinite or no number.</exception>
    public void Pass(Look look)
    {
        for (int picture = 0; picture < _pictures.Count; picture++)
        {
            _pictures.Fill(picture, _network.Input<float>(0));
            _network.Run();
            Parallel.ForEach(Observers.Values, _parallel, observer => look(observer, _network.Output<float>(_outputs[observer.Name])));
            if (Observers.Values.FirstOrDefault(observer => observer.IsBroken) is { } broken)
            {
                throw new ModelException(
                    $"The value '{broken.Name}' becomes infinite or no number on a calibration picture; leave that picture out or mend the "
                    + "model.");
            }
            _progress?.Report(++_done);
        }
    }

    public void Dispose() => _network.Dispose();

    private static int ChannelAxis(Graph graph, QdqPlacement placement, string value)
    {
        Shape shape = graph.Values[value].Shape;
        Product? reader = placement.Products.FirstOrDefault(product => product.Data == value);
        return reader?.DataAxis(shape) ?? (shape.Rank == 4 ? 1 : Math.Max(shape.Rank - 1, 0));
    }
}
