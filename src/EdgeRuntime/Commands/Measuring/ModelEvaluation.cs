using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Commands.Looking;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;
using ClassMask = EdgeCnn.Training.Data.ClassMask;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>What pictures a model is judged on.</summary>
/// <param name="Annotations">Marked objects in COCO's format, for detectors.</param>
/// <param name="Masks">Where masks lie that are named as the pictures, for segmenters; for classifiers neither: each class has a
/// folder.</param>
/// <param name="Folder">Where the pictures lie, or the classes' folders.</param>
/// <param name="Limit">How many pictures at most; 0 for all.</param>
internal sealed record EvaluationData(string? Annotations, string? Masks, string Folder, int Limit);

/// <summary>How well a model does on pictures whose truth is known.</summary>
/// <param name="Images">How many could be read.</param>
/// <param name="Labels">The model's class names.</param>
/// <param name="Detection">Of detectors.</param>
/// <param name="Found">Likewise: everything that was found, as COCO's own tools read it.</param>
/// <param name="Classification">Of classifiers.</param>
/// <param name="Segmentation">Of segmenters.</param>
internal sealed record ModelEvaluation(
    int Images,
    IReadOnlyList<string> Labels,
    DetectionAccuracy? Detection,
    IReadOnlyList<CocoResult> Found,
    ClassificationEvaluation? Classification,
    SegmentationEvaluation? Segmentation)
{
    /// <summary>The figure that says how good the model is, 0 to 1: what <see cref="MeasureOf"/> names.</summary>
    public double Score => Detection?.MeanAveragePrecision ?? Segmentation?.MeanIou ?? Classification!.Top1;

    /// <summary>By what models of a task are judged.</summary>
    public static string MeasureOf(TaskKind task) => task switch
    {
        TaskKind.Detect => "mAP@[.5:.95]",
        TaskKind.Segment => "mIoU",
        _ => "top-1",
    };

    /// <exception cref="EdgeException">The model's task does not fit the data.</exception>
    public static void Require(VisionModel model, string path, EvaluationData data)
    {
        if (model.Detector is not null && data.Annotations is null)
            throw new EdgeException($"'{path}' is a detector; name the annotations of the images with --dataset.");
        if (model.Segmenter is not null && data.Masks is null)
            throw new EdgeException($"'{path}' is a segmenter; name the folder of the images' masks with --masks.");
        if (model.Segmenter is null && data.Masks is not null)
            throw new EdgeException($"'{path}' is a {VisionModel.Noun(model.Task.Kind)}; --masks is for segmenters.");
        if (model.Detector is null && data.Annotations is not null)
        {
            throw new EdgeException(model.Segmenter is not null
                ? $"'{path}' is a segmenter; leave out --dataset."
                : $"'{path}' is a classifier; leave out --dataset, and let --images be a folder with one folder for each class.");
        }
    }

    /// <exception cref="EdgeException">No picture could be read.</exception>
    public static ModelEvaluation Of(VisionModel model, EvaluationData data, Action<string> complain, CancellationToken cancellation)
    {
        Pictures pictures = new(complain, cancellation);
        ModelEvaluation result = model.Detector is { } detector ? Detect(model, detector, data.Annotations!, data, pictures)
            : model.Segmenter is not null ? Segment(model, data.Masks!, data, pictures, complain)
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
        return new ModelEvaluation(accuracy.Images, model.Labels, accuracy, found, null, null);
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
        return new ModelEvaluation(evaluation.Images, model.Labels, null, [], evaluation, null);
    }

    private static ModelEvaluation Segment(
        VisionModel model, string masks, EvaluationData data, Pictures pictures, Action<string> complain)
    {
        string[] images = ImageFiles.RequireInFolder(data.Folder, limit: 0);
        string MaskOf(string image) => Path.Combine(masks, Path.GetFileNameWithoutExtension(image) + ".png");
        string[] present = [.. images.Where(image => File.Exists(MaskOf(image)))];
        if (present.Length == 0) throw new EdgeException($"None of the images in '{data.Folder}' has a mask NAME.png in '{masks}'.");
        if (present.Length < images.Length)
        {
            Complaints.Note([string.Create(
                CultureInfo.InvariantCulture,
                $"{images.Length - present.Length} of the {images.Length} images have no mask in '{masks}' and do not count.")]);
        }
        SegmentationEvaluation evaluation = new(model.Labels.Count);
        TimedModel timed = new(model);
        foreach ((string image, Picture picture) in Read(Limited(present, data.Limit), image => image, pictures))
        {
            try
            {
                ClassMask truth = MaskFile.Read(MaskOf(image), model.Labels.Count);
                if ((truth.Width, truth.Height) != (picture.Frame.Width, picture.Frame.Height))
                    throw new EdgeException($"{MaskOf(image)} does not have the size of {image}.");
                timed.Run(picture.Frame.View);
                evaluation.Add(truth.Classes, timed.Mask);
            }
            catch (EdgeException e)
            {
                complain(e.Message);
            }
        }
        return new ModelEvaluation(evaluation.Images, model.Labels, null, [], null, evaluation);
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
