using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Losses;

/// <summary>Chooses a loss by what a network is for and how its outputs are laid out.</summary>
public static class Losses
{
    /// <exception cref="ModelException">There is no loss for such outputs; says which outputs can be learned.</exception>
    public static ILoss For(ModelTask task) => task switch
    {
        { Kind: TaskKind.Classify, Scores: Activation.None or Activation.Sigmoid } => throw new ModelException(
            "The model card says that the outputs are probabilities; training needs logits, so take the last activation out of the network and "
            + "head.scores out of the card."),
        { Kind: TaskKind.Classify } => new SoftmaxCrossEntropy(),
        { Kind: TaskKind.Segment } => new SegmentationLoss(),
        { Layout: HeadLayout.Distribution, Head.Scores: Activation.Sigmoid } => new DetectionLoss(task),
        { Layout: HeadLayout.AnchorMaps, Head: { Boxes: BoxCoding.AnchorExponential, Scores: Activation.Sigmoid } } => new AnchorLoss(task),
        { Layout: HeadLayout.Grid, Head: { Boxes: BoxCoding.CellExponential, Scores: Activation.Sigmoid } } => new GridLoss(task),
        _ => throw new ModelException(
            $"A detector whose head has the layout {task.Layout}, with "
            + $"{(task.Head?.Scores == Activation.None ? "probabilities" : "logits")}, "
            + "cannot be trained; those with raw values can: distributions of distances (YOLOv8 before decoding), cells with objectness "
            + "(YOLOX) and anchor maps as YOLOv3 has them. 'edgecnn finetune' finds the raw values in usual files of YOLOv8 and YOLOX."),
    };
}
