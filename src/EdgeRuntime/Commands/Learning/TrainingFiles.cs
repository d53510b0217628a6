using System.Text;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Training.Checkpoints;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>
/// What a training run leaves: the best network, the loss curve and the checkpoint beside it. A disk that is full stops no run: what could
/// not be written is tried again, and is said once.
/// </summary>
/// <param name="network">The ONNX file.</param>
/// <param name="complain">Told what cannot be written.</param>
internal sealed class TrainingFiles(string network, Action<string> complain)
{
    private readonly string _wanted = network;
    private readonly HashSet<string> _failing = [];
    private Graph? _unwritten;

    /// <summary>Where the best network is; elsewhere than it was to be, if it had to be.</summary>
    public string Network { get; private set; } = network;

    public string Checkpoint { get; } = Path.ChangeExtension(network, ".checkpoint");

    public string Int8 => Path.ChangeExtension(Network, ".int8.onnx");

    /// <summary>Keeps the best network until it is written.</summary>
    public void WriteNetwork(Graph graph)
    {
        _unwritten = graph;
        TryNetwork();
    }

    /// <summary>The loss curve, as a picture and as a table.</summary>
    public void WriteCurve(string title, IReadOnlyList<EpochResult> epochs)
    {
        string picture = Path.ChangeExtension(_wanted, ".loss.png"), table = Path.ChangeExtension(_wanted, ".loss.csv");
        using Frame curve = LossCurve.Draw(title, epochs);
        Try(picture, () => ImageFile.Write(picture, curve));
        Try(table, () => WholeFile.Write(table, file => file.Write(Encoding.UTF8.GetBytes(LossCurve.Csv(epochs)))));
    }

    /// <summary>Says that the run could not be saved, if that was not said before.</summary>
    public void CheckpointFailed(string sentence)
    {
        if (_failing.Add(Checkpoint)) complain(sentence);
    }

    /// <summary>
    /// Writes the best network at last, in the folder for temporary files if it cannot be where it should, and removes the checkpoint.
    /// </summary>
    /// <exception cref="ModelException">It cannot be written there either; the checkpoint stays.</exception>
    public void Finish()
    {
        if (_unwritten is { } graph && !TryNetwork())
        {
            Network = Path.Combine(Path.GetTempPath(), Path.GetFileName(_wanted));
            OnnxModel.Write(graph, Network);
            complain($"'{_wanted}' could not be written; the network is in '{Network}' instead.");
        }
        File.Delete(Checkpoint);
    }

    private bool TryNetwork()
    {
        bool written = Try(_wanted, () => OnnxModel.Write(_unwritten!, _wanted));
        if (written) _unwritten = null;
        return written;
    }

    private bool Try(string path, Action write)
    {
        try
        {
            write();
            _failing.Remove(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelException or EdgeException)
        {
            if (_failing.Add(path)) complain($"'{path}' cannot be written: {Reason(e)}; it is tried again.");
            return false;
        }
    }

    /// <summary>What the system says, without the temporary file's name.</summary>
    private static string Reason(Exception exception) => (exception.InnerException ?? exception).Message.Split(" : '")[0];
}
