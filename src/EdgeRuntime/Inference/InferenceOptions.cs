using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>Settings under "Inference": who computes the network, and with what.</summary>
public sealed class InferenceOptions : IValidatableObject
{
    /// <summary>Our own back end.</summary>
    public const string Engine = "engine";

    /// <summary>Microsoft's back end.</summary>
    public const string OnnxRuntime = "onnxruntime";

    /// <summary>Who computes: "engine" or "onnxruntime".</summary>
    [AllowedValues(Engine, OnnxRuntime, ErrorMessage = "engine or onnxruntime")]
    public string Backend { get; set; } = Engine;

    /// <summary>Threads that compute, which several cameras divide among themselves; 0: as many as there are physical cores.</summary>
    [Range(0, 256, ErrorMessage = "a whole number from 0 to 256")]
    public int Threads { get; set; }

    /// <summary>
    /// Whether the other back end computes when the chosen one cannot load the model; it is said, and published with the heartbeat.
    /// </summary>
    public bool Fallback { get; set; }

    /// <summary>
    /// ONNX Runtime's execution providers, the preferred first: cuda, tensorrt, openvino, xnnpack, acl, dnnl, qnn ...; what they leave
    /// over, or all when they are not there, computes the processor.
    /// </summary>
    public string[] ExecutionProviders { get; set; } = [];

    /// <summary>ONNX Runtime's idle threads wait for work in a busy loop: somewhat faster, for whole cores that never rest.</summary>
    public bool Spinning { get; set; }

    /// <summary>Of the threads, those that the network of one of several cameras computes with; null: all.</summary>
    internal int? Share { get; private set; }

    /// <summary>The threads that compute; 0: as many as there are physical cores.</summary>
    internal int ThreadsInUse => Share ?? Threads;

    /// <summary>The same with a share of the threads.</summary>
    internal InferenceOptions With(int? share)
    {
        InferenceOptions copy = (InferenceOptions)MemberwiseClone();
        copy.Share = share;
        return copy;
    }

    /// <summary>Every provider has to be one that ONNX Runtime knows.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ExecutionProviders.FirstOrDefault(name => !OnnxRuntimeProviders.Knows(name)) is { } unknown)
            yield return new($"any of {string.Join(", ", OnnxRuntimeProviders.Names)}, and not {unknown}", [nameof(ExecutionProviders)]);
    }
}
