using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Running;

/// <summary>
/// Judges networks on pictures that they do not learn from, run as they will be run: by the engine, one picture at a time.
/// </summary>
/// <param name="dataset">The pictures.</param>
/// <param name="card">What the networks are for.</param>
/// <param name="threads">That compute; 0 takes one for each core.</param>
public sealed class Validation(IDataset dataset, ModelCard card, int threads = 0)
{
    /// <summary>As COCO evaluates: nearly everything that was found counts, by its confidence.</summary>
    private const float LeastConfidence = 0.005f, MostOverlap = 0.65f;

    /// <exception cref="ModelException">The network cannot be run, or is not for what the card says.</exception>
    /// <exception cref="DataException">A picture cannot be read.</exception>
    public ValidationResult Of(Graph graph, CancellationToken cancellation = default)
    {
        using Network network = Network.Load(graph, new EngineOptions(threads));
        ModelTask task = ModelTask.Resolve(
            network.Inputs, network.Outputs, graph.Metadata, card, new ModelCard { Confidence = 0, Iou = MostOverlap });
        return task.Kind switch
        {
            TaskKind.Classify => Classify(network, new Classifier(task), cancellation),
            TaskKind.Detect => Detect(
                network, new Detector(task) { Confidence = LeastConfidence, MultiLabel = task.Layout != HeadLayout.Grid }, cancellation),
            _ => Segment(network, new Segmenter(task), cancellation),
        };
    }

    private ValidationResult Classify(Network network, Classifier classifier, CancellationToken cancellation)
    {
        ClassificationEvaluation evaluation = new();
        List<ClassScore> answers = [];
        double loss = 0;
        foreach (Example example in Examples(cancellation))
        {
            classifier.Prepare(example.Picture.View, network.Input<float>(0));
            network.Run();
            classifier.Decode(network.Output<float>, classifier.Task.Labels.Count, answers);
            evaluation.Add(example.ClassId, answers);
            double probability = answers.Find(answer => answer.ClassId == example.ClassId).Confidence;
            loss -= Math.Log(Math.Max(probability, float.Epsilon));
        }
        return new ValidationResult(loss / dataset.Count, "top-1", evaluation.Top1);
    }

    private ValidationResult Detect(Network network, Detector detector, CancellationToken cancellation)
    {
        DetectionEvaluation evaluation = new();
        List<Detection> found = [];
        foreach (Example example in Examples(cancellation))
        {
            detector.Prepare(example.Picture.View, network.Input<float>(0));
            network.Run();
            detector.Decode(network.Output<float>, found);
            evaluation.Add([.. example.Boxes.Select(Truth)], found);
        }
        return new ValidationResult(null, "mAP@.5", evaluation.Compute().AveragePrecision50);

        static GroundTruth Truth(Data.Box box) =>
            new(new Models.Tasks.Box(box.Left, box.Top, box.Width, box.Height), box.ClassId, IsCrowd: false);
    }

    private ValidationResult Segment(Network network, Segmenter segmenter, CancellationToken cancellation)
    {
        SegmentationEvaluation evaluation = new(segmenter.Task.Labels.Count);
        byte[] found = [];
        foreach (Example example in Examples(cancellation))
        {
            segmenter.Prepare(example.Picture.View, network.Input<float>(0));
            network.Run();
            if (found.Length != example.Mask!.Length) found = new byte[example.Mask.Length];
            segmenter.Decode(network.Output<float>, found);
            evaluation.Add(example.Mask, found);
        }
        return new ValidationResult(null, "mIoU", evaluation.MeanIou);
    }

    private IEnumerable<Example> Examples(CancellationToken cancellation)
    {
        for (int i = 0; i < dataset.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return dataset.Load(i);
        }
    }
}
