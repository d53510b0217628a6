using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>Loads a network into the back end that the settings ask for.</summary>
public static class Networks
{
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">The back end and its settings.</param>
    /// <param name="shapes">What becomes of the extents that the file leaves open.</param>
    /// <exception cref="EdgeException">ONNX Runtime cannot load the model.</exception>
    /// <exception cref="ModelException">The engine cannot load the model.</exception>
    public static INetwork Load(string path, InferenceOptions options, OnnxReadOptions? shapes = null)
    {
        shapes ??= OnnxReadOptions.Default;
        try
        {
            return Load(options.Backend, path, options, shapes, []);
        }
        catch (Exception refusal) when (options.Fallback && refusal is EdgeException or ModelException)
        {
            string other = options.Backend == InferenceOptions.Engine ? InferenceOptions.OnnxRuntime : InferenceOptions.Engine;
            try
            {
                return Load(other, path, options, shapes, [$"{refusal.Message} {other} computes in place of {options.Backend}."]);
            }
            catch (Exception alike) when (alike is EdgeException or ModelException)
            {
                ExceptionDispatchInfo.Throw(refusal);
                throw;
            }
        }
    }

    /// <summary>
    /// The model in ONNX Runtime with values inside as further outputs, by name, in the order of the file; names that the file does not
    /// have are left out. For comparing the engine with it.
    /// </summary>
    /// <exception cref="EdgeException">ONNX Runtime cannot load the model.</exception>
    /// <exception cref="ModelException">The file cannot be read.</exception>
    public static INetwork LoadWithValues(string path, InferenceOptions options, IEnumerable<string> values, OnnxReadOptions? shapes = null)
    {
        return OnnxRuntimeNetwork.Load(path, options, shapes ?? OnnxReadOptions.Default, [], OnnxValues.AsOutputs(path, values));
    }

    private static INetwork Load(
        string backend, string path, InferenceOptions options, OnnxReadOptions shapes, IReadOnlyList<string> fallbacks)
    {
        if (backend != InferenceOptions.Engine) return OnnxRuntimeNetwork.Load(path, options, shapes, fallbacks);
        EngineNetwork network = LoadEngine(path, options, shapes, fallbacks);
        // The engine has packed copies of the weights. What they were packed from would stay, for whoever allocates nothing any more never
        // collects.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return network;
    }

    /// <summary>A method of its own, so that nothing on the stack holds the graph when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EngineNetwork LoadEngine(
        string path, InferenceOptions options, OnnxReadOptions shapes, IReadOnlyList<string> fallbacks) =>
        EngineNetwork.Load(OnnxModel.Read(path, shapes), options, fallbacks);
}
