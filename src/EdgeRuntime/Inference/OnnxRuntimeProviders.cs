using Microsoft.ML.OnnxRuntime;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>ONNX Runtime's execution providers by the short names that users write.</summary>
internal static class OnnxRuntimeProviders
{
    /// <summary>Short name, the name by which ONNX Runtime lists it, and how it is switched on.</summary>
    private static readonly Dictionary<string, (string Listed, Action<SessionOptions> Append)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cpu"] = ("CPUExecutionProvider", static _ => { }
        ),
        ["cuda"] = ("CUDAExecutionProvider", static options => options.AppendExecutionProvider_CUDA()),
        ["tensorrt"] = ("TensorrtExecutionProvider", static options => options.AppendExecutionProvider_Tensorrt()),
        ["rocm"] = ("ROCMExecutionProvider", static options => options.AppendExecutionProvider_ROCm()),
        ["migraphx"] = ("MIGraphXExecutionProvider", static options => options.AppendExecutionProvider_MIGraphX()),
        ["openvino"] = ("OpenVINOExecutionProvider", static options => options.AppendExecutionProvider_OpenVINO()),
        ["dnnl"] = ("DnnlExecutionProvider", static options => options.AppendExecutionProvider_Dnnl()),
        ["xnnpack"] = ("XnnpackExecutionProvider", static options => options.AppendExecutionProvider("XNNPACK")),
        ["qnn"] = ("QNNExecutionProvider", static options => options.AppendExecutionProvider("QNN")),
        ["acl"] = ("ACLExecutionProvider", static options => options.AppendExecutionProvider("ACL")),
        ["webgpu"] = ("WebGpuExecutionProvider", static options => options.AppendExecutionProvider("WebGPU")),
    };

    public static IEnumerable<string> Names => Known.Keys.Order(StringComparer.Ordinal);

    public static bool Knows(string name) => Known.ContainsKey(name);

    /// <summary>The version, and the providers that this build has, in a sentence.</summary>
    public static string Describe()
    {
        string[] available = OrtEnv.Instance().GetAvailableProviders();
        IEnumerable<string> here = Known.Where(known => available.Contains(known.Value.Listed)).Select(known => known.Key);
        return $"ONNX Runtime {OrtEnv.Instance().GetVersionString()} with {string.Join(", ", here)}.";
    }

    /// <summary>
    /// Switches on those that are there; says of each other one why it is not used, and gives the names of those that are.
    /// </summary>
    public static IReadOnlyList<string> Append(SessionOptions options, IEnumerable<string> asked, List<string> fallbacks)
    {
        string[] available = OrtEnv.Instance().GetAvailableProviders();
        List<string> used = [];
        foreach (string name in asked)
        {
            (string listed, Action<SessionOptions> append) = Known[name];
            if (!available.Contains(listed))
            {
                string here = string.Join(", ", Known.Where(known => available.Contains(known.Value.Listed)).Select(known => known.Key));
                fallbacks.Add($"The execution provider {name} is not part of this ONNX Runtime, which has {here}: the processor computes in its place.");
                continue;
            }
            try
            {
                append(options);
                if (name != "cpu") used.Add(name);
            }
            catch (Exception exception) when (exception is OnnxRuntimeException or EntryPointNotFoundException)
            {
                fallbacks.Add(
                    $"The execution provider {name} does not start ({FirstLine(exception.Message)}): the processor computes in its place.");
            }
        }
        return used;
    }

    /// <summary>ONNX Runtime's errors go on with its own call stack.</summary>
    internal static string FirstLine(string message) => message.Trim().Split('\n')[0].TrimEnd();
}
