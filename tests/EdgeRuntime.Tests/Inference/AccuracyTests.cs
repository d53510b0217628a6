using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Inference;

/// <summary>
/// The judge of preprocessing and decoding together: a slip of half a pixel, a swapped channel or a wrong anchor costs points.
/// </summary>
public class AccuracyTests
{
    private const string Annotations = "coco128/instances_train2017.json";

    /// <summary>
    /// On all 128 pictures the three reach 34.0, 29.1 and 45.5 points (34.7, 30.2 and 46.1 with several labels per place); an independent
    /// evaluation in Python, with the families' own preprocessing, gave 33.7, 30.1 and 46.1.
    /// </summary>
    [SharedDataTheory("models/yolox_nano.onnx", "models/nanodet_m.onnx", "models/yolov8n.onnx", Annotations, "coco128/images")]
    [InlineData("yolox_nano", 0.65f, 64, 0.336)]
    [InlineData("nanodet_m", 0.6f, 64, 0.276)]
    [InlineData("yolov8n", 0.7f, 24, 0.652)]
    public void Each_family_reaches_the_precision_that_it_is_known_for(string model, float iou, int pictures, double precision)
    {
        using VisionModel vision = VisionModel.Load(
            new ModelOptions { Path = Repository.Data($"models/{model}.onnx"), Confidence = 0.001f, Iou = iou },
            new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, Threads = 2 });
        OutputReader outputs = vision.Network.Output;
        DetectionEvaluation evaluation = new();
        List<Detection> detections = [];
        List<ClassScore> classes = [];
        foreach (LabelledImage image in CocoDataset.Load(Repository.Data(Annotations), vision.Labels).Images.Take(pictures))
        {
            using Frame frame = ImageFile.Read(Repository.Data($"coco128/images/{image.FileName}"));
            vision.Prepare(frame.View);
            vision.Network.Run();
            vision.Decode(outputs, detections, classes);
            evaluation.Add(image.Truths, detections);
        }
        Assert.Equal(precision, evaluation.Compute().MeanAveragePrecision, 0.01);
    }
}
