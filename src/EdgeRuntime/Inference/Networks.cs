using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>Loads a network into the back end that the settings ask for.</summary>
public static class Networks
{
    private static readonly Dictionary<string, Shape> NoShapes = [];

    /// <param name="path">The ONNX file.</param>
    /// <param name="options">The back end and its settings.</param>
    /// <param name="inputShapes">Shapes by input name, for those that the file leaves open; an open first extent is 1.</param>
    /// <exception cref="EdgeException">The settings are wrong, or the model cannot be loaded: says why and what to do.</exception>
    public static INetwork Load(string path, InferenceOptions options, IReadOnlyDictionary<string, Shape>? inputShapes = null)
    {
        options.Validate();
        if (options.Backend == InferenceOptions.Engine)
            throw new EdgeException("This build has no engine yet: set Inference:Backend to onnxruntime.");
        return OnnxRuntimeNetwork.Load(path, options, inputShapes ?? NoShapes);
    }
}
