using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>
/// Settings "Model:*": which network, and what the model file itself does not say about it. What is null is taken from the model card, the
/// file's metadata, or its layout, and said.
/// </summary>
public sealed class ModelOptions
{
    /// <summary>
    /// The ONNX file, or the name of a model that comes with the program: arena.int8, lenet5.int8. A model card (the same name with
    /// .card.json) beside it is read too.
    /// </summary>
    public string Path { get; set; } = "";

    /// <summary>A text file with one class name per line, in the order of the class ids.</summary>
    public string? Labels { get; set; }

    /// <summary>Detections less confident than this are not reported; 0 to 1.</summary>
    [Range(0.0, 1.0, ErrorMessage = "a number from 0 to 1")]
    public float? Confidence { get; set; }

    /// <summary>
    /// Of two boxes of the same class that overlap more than this (intersection over union, 0 to 1), only the more confident one stays.
    /// </summary>
    [Range(0.0, 1.0, ErrorMessage = "a number from 0 to 1")]
    public float? Iou { get; set; }

    /// <summary>Width of the network's input in pixels, for models that leave it open.</summary>
    [Range(1, 16384, ErrorMessage = "1 to 16384 pixels")]
    public int? InputWidth { get; set; }

    /// <summary>Height of the network's input in pixels, for models that leave it open.</summary>
    [Range(1, 16384, ErrorMessage = "1 to 16384 pixels")]
    public int? InputHeight { get; set; }

    /// <summary>How many classes a classifier reports.</summary>
    [Range(1, 1000, ErrorMessage = "1 to 1000")]
    public int Top { get; set; } = 5;
}
