using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Losses;

/// <summary>Chooses a loss by what a network is for and how its outputs are laid out.</summary>
public static class Losses
{
    /// <param name="task">What the network is for.</param>
    /// <param name="classWeight">What classes count beside boxes, for detectors whose distances are distributions; null: as usual.</param>
    /// <exception cref="ModelException">There is no loss for such outputs; says which outputs can be learned.</exception>
    public static ILoss For(ModelTask task, double? classWeight = null) => task switch
    {
        { Layout: HeadLayout.Distribution, Head.Scores: Activation.Sigmoid } =>
            classWeight is { } weight ? new DetectionLoss(task) { ClassWeight = weight } : new DetectionLoss(task),
        _ when classWeight is not null => throw new ModelException(
            "Only detectors whose distances are distributions (YOLOv8's form) have a weight of classes; leave --class-weight out."),
        { Kind: TaskKind.Classify, Scores: Activation.None or Activation.Sigmoid } => throw new ModelException(
            "The model card says that the outputs are probabilities; training needs logits, so take the last activation out of the network and "
            + "head.scores out of the card."),
        { Kind: TaskKind.Classify } => new SoftmaxCrossEntropy(),
        { Kind: TaskKind.Segment } => new SegmentationLoss(),
        { Layout: HeadLayout.AnchorMaps, Head: { Boxes: BoxCoding.AnchorExponential, Scores: Activation.Sigmoid } } => new AnchorLoss(task),
        { Layout: HeadLayout.Grid, Head: { Boxes: BoxCoding.CellExponential, Scores: Activation.Sigmoid } } => new GridLoss(task),
        _ => throw new ModelException(
            $"A detector whose head has the layout {task.Layout}, with "
            + $"{(task.Head?.Scores == Activation.None ? "probabilities" : "logits")}, "
            + "cannot be trained; those with raw values can: distributions of distances (YOLOv8 before decoding), cells with objectness "
            + "(YOLOX) and anchor maps as YOLOv3 has them. 'edgecnn finetune' finds the raw values in usual files of YOLOv8 and YOLOX."),
    };
}
