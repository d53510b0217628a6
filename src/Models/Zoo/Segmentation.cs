using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Zoo;

/// <summary>What the zoo's segmentation networks say of themselves.</summary>
internal static class Segmentation
{
    public static ModelCard Card(int classes) => new()
    {
        Task = "segment",
        Labels = classes == Labels.Voc.Count ? Labels.Voc : ["background", .. Labels.Numbered(classes).Skip(1)],
        Preprocessing = PreprocessingCard.Of(Preprocessing.Segmenter),
    };
}
