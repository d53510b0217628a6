using System.Globalization;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>Settings under "Inference": who computes the network, and with what.</summary>
public sealed class InferenceOptions
{
    public const string Section = "Inference";

    /// <summary>Our own back end.</summary>
    public const string Engine = "engine";

    /// <summary>Microsoft's back end.</summary>
    public const string OnnxRuntime = "onnxruntime";

    /// <summary>Who computes: "engine" or "onnxruntime".</summary>
    public string Backend { get; set; } = Engine;

    /// <summary>Threads that one network computes with; 0: as many as there are physical cores.</summary>
    public int Threads { get; set; }

    /// <summary>Whether the other back end computes when the chosen one cannot load the model; it is said, and published with the heartbeat.</summary>
    public bool Fallback { get; set; }

    /// <summary>
    /// ONNX Runtime's execution providers, the preferred first: cuda, tensorrt, openvino, xnnpack, acl, dnnl, qnn ...; what they leave over, or all when they
    /// are not there, computes the processor.
    /// </summary>
    public string[] ExecutionProviders { get; set; } = [];

    /// <summary>ONNX Runtime's idle threads wait for work in a busy loop: somewhat faster, for whole cores that never rest.</summary>
    public bool Spinning { get; set; }

    /// <exception cref="EdgeException">A setting is out of range: names it.</exception>
    public void Validate()
    {
        if (Backend is not (Engine or OnnxRuntime)) throw new EdgeException($"{Section}:Backend is \"{Backend}\": give {Engine} or {OnnxRuntime}.");
        if (Threads is < 0 or > 256)
        {
            throw new EdgeException(string.Create(
                CultureInfo.InvariantCulture, $"{Section}:Threads is {Threads}: give 1 to 256, or 0 for all physical cores."));
        }
        if (ExecutionProviders.FirstOrDefault(name => !OnnxRuntimeProviders.Knows(name)) is { } unknown)
            throw new EdgeException($"{Section}:ExecutionProviders holds \"{unknown}\": give any of {string.Join(", ", OnnxRuntimeProviders.Names)}.");
    }
}
