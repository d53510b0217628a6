using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeCnn.EdgeRuntime.Commands.Looking;
using EdgeCnn.Models;
using EdgeCnn.Training.Checkpoints;

namespace EdgeCnn.EdgeRuntime.Commands;

// What the commands print with --json. Property names are the records' names in snake case; what is null is left out.

/// <param name="Image">The file as it was given, or found in a folder.</param>
/// <param name="Frame">Number of the frame from 0, for videos.</param>
/// <param name="Width">Pixels of the original image.</param>
/// <param name="Height">Likewise.</param>
/// <param name="Detections">Most confident first.</param>
/// <param name="Ms">How long each stage took.</param>
internal sealed record ImageDetections(
    string Image, long? Frame, int Width, int Height, IReadOnlyList<FoundObject> Detections, StageTimes Ms);

/// <param name="Class">The class's name.</param>
/// <param name="ClassId">Its index in the model's outputs.</param>
/// <param name="Confidence">0 to 1.</param>
/// <param name="Box">x and y of the top-left corner, width, height: pixels of the original image.</param>
internal sealed record FoundObject(string Class, int ClassId, float Confidence, float[] Box);

internal sealed record ImageClasses(
    string Image, long? Frame, int Width, int Height, IReadOnlyList<FoundClass> Classes, StageTimes Ms);

/// <summary>Classes are those that were found, the largest first.</summary>
internal sealed record ImageSegments(
    string Image, long? Frame, int Width, int Height, IReadOnlyList<FoundSegment> Classes, StageTimes Ms);

/// <summary>Its share of the picture's pixels is 0 to 1.</summary>
internal sealed record FoundSegment(string Class, int ClassId, double Share);

/// <param name="Subject">As --only names it, or "overview".</param>
/// <param name="File">The picture.</param>
/// <param name="Layer">That it shows, where it shows one.</param>
/// <param name="Classes">Whose evidence it shows, and what the network gave each.</param>
internal sealed record ShownSheet(string Subject, string File, string? Layer = null, IReadOnlyList<EvidenceOfClass>? Classes = null);

/// <param name="Class">Its name.</param>
/// <param name="ClassId">Its index in the model's outputs.</param>
/// <param name="Score">As the network has it: a logit or a probability.</param>
internal sealed record EvidenceOfClass(string Class, int ClassId, double Score);

internal sealed record FoundClass(string Class, int ClassId, float Confidence);

internal sealed record ModelDescription(
    string Model,
    int Opset,
    IReadOnlyList<ModelValue> Inputs,
    IReadOnlyList<ModelValue> Outputs,
    long Parameters,
    long Macs,
    IReadOnlyList<ModelLayer> Layers,
    IReadOnlyList<MissingOperator> Unsupported);

/// <param name="Name">As in the file.</param>
/// <param name="Type">Element type, as ONNX names it: "float32".</param>
/// <param name="Shape">Extents, images N, C, H, W; -1 for an extent that the file leaves open.</param>
internal sealed record ModelValue(string Name, string Type, IReadOnlyList<int> Shape);

/// <param name="Name">As in the file.</param>
/// <param name="Op">The operator's ONNX name.</param>
/// <param name="OutputShape">Of its first output.</param>
/// <param name="Parameters">Learned numbers that it is the first to read.</param>
/// <param name="Macs">Multiply-adds of one run.</param>
/// <param name="ReceptiveField">Pixels of the image along its side that one output depends on; left out where that is not known.</param>
internal sealed record ModelLayer(
    string Name, string Op, IReadOnlyList<int> OutputShape, long Parameters, long Macs, int? ReceptiveField)
{
    public static ModelLayer[] Of(GraphSummary summary) =>
    [
        .. summary.Layers.Select(layer => new ModelLayer(
            layer.Name, layer.Op, layer.OutputShape, layer.Parameters, layer.MultiplyAdds, layer.ReceptiveField)),
    ];
}

internal sealed record ZooDescription(string Name, long Parameters, long Macs, IReadOnlyList<ModelLayer> Layers);

internal sealed record ZooEntry(string Name, long Parameters, long Macs, IReadOnlyList<int> Input, int Classes, string Paper);

internal sealed record MissingOperator(string Op, string Node);

/// <param name="Model">The file.</param>
/// <param name="Images">How many were fed.</param>
/// <param name="Tolerance">What the own error of a float tensor may be, and the accumulated one of an output.</param>
/// <param name="Equal">Whether all tensors pass.</param>
/// <param name="Rounding">The operator that makes integers of activations, for whose sake accumulated errors are not judged; or left
/// out.</param>
/// <param name="Tensors">Worst first.</param>
internal sealed record ModelComparison(
    string Model, int Images, double Tolerance, bool Equal, string? Rounding, IReadOnlyList<TensorDifference> Tensors);

/// <summary>Figures that do not apply or are not finite are left out.</summary>
/// <param name="Name">The tensor's name in the file.</param>
/// <param name="Op">The operator that makes it.</param>
/// <param name="Output">Whether it is an output of the network.</param>
/// <param name="Passes">Whether the errors that are judged are within the tolerance.</param>
/// <param name="Own">Largest difference that the node makes by itself, as a share of the tensor's largest magnitude.</param>
/// <param name="OwnUnits">The same for integers, in units.</param>
/// <param name="Accumulated">Of the whole engine: Euclidean norm of the differences over that of ONNX Runtime's values.</param>
/// <param name="SqnrDb">The same in decibels, over all images; left out when the two are bit for bit the same.</param>
/// <param name="MaxAbs">Largest single difference of the whole engine.</param>
/// <param name="MaxRelative">The same as a share of the largest magnitude in the tensor.</param>
internal sealed record TensorDifference(
    string Name,
    string Op,
    bool Output,
    bool Passes,
    double? Own,
    double? OwnUnits,
    double? Accumulated,
    double? SqnrDb,
    double? MaxAbs,
    double? MaxRelative);

/// <param name="Model">The file.</param>
/// <param name="Backend">Who computed.</param>
/// <param name="Images">How many were judged.</param>
/// <param name="Map">mAP@[.5:.95] of a detector, 0 to 1.</param>
/// <param name="Map50">mAP@.5 of a detector, 0 to 1.</param>
/// <param name="Top1">How often a classifier's best answer is right, 0 to 1.</param>
/// <param name="Top5">How often the truth is among its five best answers, 0 to 1.</param>
/// <param name="Miou">Mean intersection over union of a segmenter, 0 to 1.</param>
/// <param name="PixelAccuracy">How many pixels a segmenter gives the right class, 0 to 1.</param>
internal sealed record ModelScore(
    string Model,
    string Backend,
    int Images,
    double? Map,
    double? Map50,
    double? Top1,
    double? Top5,
    double? Miou,
    double? PixelAccuracy);

/// <summary>A detection as COCO's own tools read it.</summary>
/// <param name="ImageId">The image's number in the annotations.</param>
/// <param name="CategoryId">The category's number there.</param>
/// <param name="Bbox">x and y of the top-left corner, width, height in pixels.</param>
/// <param name="Score">0 to 1.</param>
internal sealed record CocoResult(long ImageId, long CategoryId, float[] Bbox, float Score);

/// <param name="Output">The file that was written; left out when the network lost too much.</param>
/// <param name="LayersInt8">Convolutions and matrix products in 8 bits.</param>
/// <param name="LayersFloat">Those that are not.</param>
/// <param name="Drop">What was lost: of mean average precision or right answers as fractions, or the noise's share of the outputs'
/// energy.</param>
internal sealed record QuantizationResult(string? Output, int LayersInt8, int LayersFloat, double Drop);

/// <param name="LoadMs">From the file to a network that is ready, in a process of its own.</param>
/// <param name="FirstRunMs">The first run after that.</param>
/// <param name="RssGrowthMb">What loading and three runs add to the resident memory of the idle process.</param>
/// <param name="PeakRssMb">The most that the process ever had resident.</param>
internal sealed record Footprint(double LoadMs, double FirstRunMs, double RssGrowthMb, double PeakRssMb);

internal sealed record BenchResult(
    string Model,
    string Backend,
    int Threads,
    double MedianMs,
    double P90Ms,
    double P99Ms,
    double Gmac,
    double GmacPerS,
    double LoadMs,
    double FirstRunMs,
    double RssGrowthMb,
    double PeakRssMb,
    BenchPeer? Against,
    IReadOnlyList<BenchLayer>? Layers);

/// <param name="Model">The file.</param>
/// <param name="Threads">That worked.</param>
/// <param name="Batch">Pictures of a step.</param>
/// <param name="MedianMs">Of a whole step.</param>
/// <param name="P90Ms">Likewise.</param>
/// <param name="PicturesPerS">At the median.</param>
/// <param name="MemoryMb">That a step takes, all of it planned.</param>
/// <param name="Layers">Where the time goes, forward and backward; null where nobody asked.</param>
internal sealed record TrainingBenchResult(
    string Model,
    int Threads,
    int Batch,
    double MedianMs,
    double P90Ms,
    double PicturesPerS,
    double MemoryMb,
    IReadOnlyList<BenchLayer>? Layers);

/// <param name="Backend">The other one.</param>
/// <param name="MedianMs">Its median, measured in turns with ours.</param>
/// <param name="Ratio">Its median divided by ours: above 1, ours is faster.</param>
/// <param name="LoadMs">As ours.</param>
/// <param name="FirstRunMs">As ours.</param>
/// <param name="RssGrowthMb">As ours.</param>
/// <param name="PeakRssMb">As ours.</param>
internal sealed record BenchPeer(
    string Backend, double MedianMs, double Ratio, double LoadMs, double FirstRunMs, double RssGrowthMb, double PeakRssMb);

/// <param name="Name">The node's.</param>
/// <param name="Kernel">What computes it.</param>
/// <param name="Ms">Median.</param>
/// <param name="GmacPerS">Billions of multiply-adds per second; 0 where they are not what the time goes to.</param>
/// <param name="PeakShare">That rate as a share of this machine's measured peak, of floats or of 8-bit integers as the kernel is.</param>
internal sealed record BenchLayer(string Name, string Kernel, double Ms, double GmacPerS, double? PeakShare);

/// <param name="Healthy">There is no problem.</param>
/// <param name="Findings">In the order in which things were looked at.</param>
internal sealed record Checkup(bool Healthy, IReadOnlyList<CheckupFinding> Findings);

/// <param name="Area">What was looked at.</param>
/// <param name="Severity">ok, note or problem.</param>
/// <param name="What">A sentence.</param>
/// <param name="Advice">What to do; left out where nothing has to be done.</param>
internal sealed record CheckupFinding(string Area, string Severity, string What, string? Advice);

/// <summary>Serialisers made at compile time.</summary>
[JsonSerializable(typeof(ImageDetections))]
[JsonSerializable(typeof(ImageClasses))]
[JsonSerializable(typeof(ImageSegments))]
[JsonSerializable(typeof(ShownSheet))]
[JsonSerializable(typeof(ModelDescription))]
[JsonSerializable(typeof(ZooDescription))]
[JsonSerializable(typeof(ZooEntry[]))]
[JsonSerializable(typeof(ModelComparison))]
[JsonSerializable(typeof(ModelScore))]
[JsonSerializable(typeof(QuantizationResult))]
[JsonSerializable(typeof(IReadOnlyList<CocoResult>))]
[JsonSerializable(typeof(Footprint))]
[JsonSerializable(typeof(BenchResult))]
[JsonSerializable(typeof(Checkup))]
[JsonSerializable(typeof(TrainingBenchResult))]
[JsonSerializable(typeof(EpochResult))]
internal sealed partial class Documents : JsonSerializerContext
{
    public static Documents Json { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // It goes to a terminal or a file, never into HTML: class names stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
