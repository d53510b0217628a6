using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>What pictures a model is judged on.</summary>
/// <param name="Annotations">Marked objects in COCO's format, for detectors; null for classifiers: each class has a folder.</param>
/// <param name="Folder">Where the pictures lie, or the classes' folders.</param>
/// <param name="Limit">How many pictures at most; 0 for all.</param>
internal sealed record EvaluationData(string? Annotations, string Folder, int Limit);

/// <summary>How well a model does on pictures whose truth is known.</summary>
/// <param name="Images">How many could be read.</param>
/// <param name="Labels">The model's class names.</param>
/// <param name="Detection">Of detectors.</param>
/// <param name="Found">Likewise: everything that was found, as COCO's own tools read it.</param>
/// <param name="Classification">Of classifiers.</param>
internal sealed record ModelEvaluation(
    int Images,
    IReadOnlyList<string> Labels,
    DetectionAccuracy? Detection,
    IReadOnlyList<CocoResult> Found,
    ClassificationEvaluation? Classification)
{
    /// <exception cref="EdgeException">The model's task does not fit the data.</exception>
    public static void Require(VisionModel model, string path, EvaluationData data)
    {
        if (model.Detector is not null && data.Annotations is null)
            throw new EdgeException($"'{path}' is a detector; name the annotations of the images with --dataset.");
        if (model.Classifier is not null && data.Annotations is not null)
            throw new EdgeException(
                $"'{path}' is a classifier; leave out --dataset, and let --images be a folder with one folder for each class.");
    }

    /// <exception cref="EdgeException">No picture could be read.</exception>
    public static ModelEvaluation Of(VisionModel model, EvaluationData data, Action<string> complain, CancellationToken cancellation)
    {
        Pictures pictures = new(complain, cancellation);
        ModelEvaluation result = model.Detector is { } detector
            ? Detect(model, detector, data.Annotations!, data, pictures)
            : Classify(model, data, pictures);
        return result.Images > 0 ? result : throw new EdgeException("None of the images could be read, so nothing was measured.");
    }

    private static ModelEvaluation Detect(VisionModel model, Detector detector, string annotations, EvaluationData data, Pictures pictures)
    {
        CocoDataset dataset = CocoDataset.Load(annotations, model.Labels);
        IReadOnlyDictionary<int, long> categories = dataset.CategoryOfClass;
        // As the families evaluate themselves: YOLOX reports the best class of each place, all others every class that is likely enough.
        detector.MultiLabel = model.Task.Layout != HeadLayout.Grid;
        DetectionEvaluation evaluation = new();
        List<CocoResult> found = [];
        TimedModel timed = new(model);
        foreach ((LabelledImage image, Picture picture) in Read(
            Present(dataset, annotations, data), image => Path.Combine(data.Folder, image.FileName), pictures))
        {
            timed.Run(picture.Frame.View);
            evaluation.Add(image.Truths, timed.Detections);
            foreach (Detection detection in timed.Detections)
            {
                if (!categories.TryGetValue(detection.ClassId, out long category)) continue;
                Box box = detection.Box;
                found.Add(new CocoResult(image.Id, category, [box.X, box.Y, box.Width, box.Height], detection.Confidence));
            }
        }
        DetectionAccuracy accuracy = evaluation.Compute();
        return new ModelEvaluation(accuracy.Images, model.Labels, accuracy, found, null);
    }

    private static ModelEvaluation Classify(VisionModel model, EvaluationData data, Pictures pictures)
    {
        ClassFolders classes = ClassFolders.Load(data.Folder, model.Labels, ImageFile.HasPictureExtension);
        if (classes.Unknown.Count > 0)
            Complaints.Note([$"Folders that are no class of the model do not count: {string.Join(", ", classes.Unknown)}."]);
        ClassificationEvaluation evaluation = new();
        TimedModel timed = new(model);
        foreach ((ClassifiedImage image, Picture picture) in Read(Limited(classes.Images, data.Limit), image => image.Path, pictures))
        {
            timed.Run(picture.Frame.View);
            evaluation.Add(image.ClassId, timed.Classes);
        }
        return new ModelEvaluation(evaluation.Images, model.Labels, null, [], evaluation);
    }

    /// <summary>The annotated images that lie in the folder.</summary>
    private static IReadOnlyList<LabelledImage> Present(CocoDataset dataset, string annotations, EvaluationData data)
    {
        if (!Directory.Exists(data.Folder)) throw new EdgeException($"There is no folder '{data.Folder}'.");
        LabelledImage[] present = [.. dataset.Images.Where(image => File.Exists(Path.Combine(data.Folder, image.FileName)))];
        int all = dataset.Images.Count;
        if (present.Length == 0)
            throw new EdgeException($"None of the {all} images that '{annotations}' names lies in the folder '{data.Folder}'.");
        if (present.Length < all)
        {
            Complaints.Note([string.Create(
                CultureInfo.InvariantCulture,
                $"{all - present.Length} of the {all} images that '{annotations}' names are not in '{data.Folder}' and do not count.")]);
        }
        return Limited(present, data.Limit);
    }

    private static IReadOnlyList<T> Limited<T>(IReadOnlyList<T> all, int limit) => limit > 0 ? [.. all.Take(limit)] : all;

    private static IEnumerable<(T Image, Picture Picture)> Read<T>(IReadOnlyList<T> images, Func<T, string> path, Pictures pictures)
    {
        using Progress progress = new("images", images.Count);
        foreach ((int done, T image) in images.Index())
        {
            foreach (Picture picture in pictures.Read([new InputFile(path(image), IsVideo: false)]))
            {
                using (picture.Frame) yield return (image, picture);
            }
            progress.Report(done + 1);
        }
    }
}
