using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>
/// A loaded network, whoever computes it. One thread uses it at a time: write the inputs, run, read the outputs. Nothing is allocated by
/// these calls.
/// </summary>
public interface INetwork : IDisposable
{
    /// <summary>Who computes, for people: "engine", "onnxruntime (CPU)".</summary>
    string Backend { get; }

    /// <summary>One sentence for each thing that computes otherwise than the settings ask; empty when all is as asked.</summary>
    IReadOnlyList<string> Fallbacks => [];

    /// <summary>Key and value pairs that the model file carries, for instance Ultralytics' names, stride, task.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    IReadOnlyList<NamedValue> Inputs { get; }

    IReadOnlyList<NamedValue> Outputs { get; }

    /// <summary>Where the values of an input are written before <see cref="Run"/>, in ONNX order (N, C, H, W).</summary>
    Span<float> Input(int index);

    /// <summary>Computes all outputs from the inputs.</summary>
    void Run();

    /// <summary>
    /// The values of an output after <see cref="Run"/>, in ONNX order, as float whatever the model's own type; valid until the next run.
    /// </summary>
    ReadOnlySpan<float> Output(int index);
}
