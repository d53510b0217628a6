using System.Globalization;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>Milliseconds.</summary>
internal sealed record StageTimes(double Preprocess, double Inference, double Decode)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"(preprocess {Preprocess:0.0} ms, inference {Inference:0.0} ms, decode {Decode:0.0} ms)");
}

/// <summary>Runs a model picture by picture and takes the time of each stage.</summary>
internal sealed class TimedModel(VisionModel model)
{
    private readonly OutputReader _outputs = model.Network.Output;
    private bool _warm;

    /// <summary>What the last picture showed, for detectors.</summary>
    public List<Detection> Detections { get; } = [];

    /// <summary>What the last picture showed, for classifiers.</summary>
    public List<ClassScore> Classes { get; } = [];

    /// <summary>The class of each pixel of the last picture, for segmenters.</summary>
    public byte[] Mask { get; private set; } = [];

    /// <summary>Runs the model on picture after picture; what one shows, and its pixels, are there until the next is asked for.</summary>
    public IEnumerable<(Picture Picture, StageTimes Times)> Run(IEnumerable<Picture> pictures)
    {
        foreach (Picture picture in pictures)
        {
            using (picture.Frame) yield return (picture, Run(picture.Frame.View));
        }
    }

    public StageTimes Run(ImageView image)
    {
        // The first pass compiles code and touches memory; its times would say nothing about the second.
        if (!_warm) Measure(image);
        _warm = true;
        return Measure(image);
    }

    private StageTimes Measure(ImageView image)
    {
        int pixels = model.Segmenter is null ? 0 : image.Width * image.Height;
        if (Mask.Length != pixels) Mask = new byte[pixels];
        TimeProvider time = TimeProvider.System;
        long start = time.GetTimestamp();
        model.Prepare(image);
        long prepared = time.GetTimestamp();
        model.Network.Run();
        long inferred = time.GetTimestamp();
        if (model.Segmenter is { } segmenter) segmenter.Decode(_outputs, Mask);
        else model.Decode(_outputs, Detections, Classes);
        long decoded = time.GetTimestamp();
        return new StageTimes(Milliseconds(start, prepared), Milliseconds(prepared, inferred), Milliseconds(inferred, decoded));

        double Milliseconds(long from, long to) => Math.Round(time.GetElapsedTime(from, to).TotalMilliseconds, 3);
    }
}
