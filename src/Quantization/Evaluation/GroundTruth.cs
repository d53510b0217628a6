using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Quantization.Evaluation;

/// <summary>An object that somebody marked in a picture.</summary>
/// <param name="Box">In pixels of the picture.</param>
/// <param name="ClassId">Index into the model's labels.</param>
/// <param name="IsCrowd">A region with many objects: finding it is neither right nor wrong.</param>
public readonly record struct GroundTruth(Box Box, int ClassId, bool IsCrowd);
