using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Zoo;

/// <summary>
/// J. Redmon, A. Farhadi, "YOLOv3: An Incremental Improvement", arXiv:1804.02767, 2018, in the small form that was published beside it
/// (Darknet's yolov3-tiny): seven convolutions and poolings, two scales with three anchors each. Its outputs are raw: a map for each of the
/// strides 16 and 32 with 3 * (5 + classes) channels.
/// </summary>
internal static class YoloTiny
{
    private static readonly float[][] Anchors = [[10, 14, 23, 27, 37, 58], [81, 82, 135, 169, 344, 319]];

    public static Graph Build(ZooOptions options)
    {
        Features x = Features.Image("yolo_tiny", 3, options.Size, options.Seed);
        for (int i = 1; i <= 4; i++) x = Conv(x, $"conv{i}", 8 << i, kernel: 3).MaxPool($"pool{i}", kernel: 2, stride: 2);
        Features lateral = x = Conv(x, "conv5", 256, kernel: 3);
        x = Conv(x.MaxPool("pool5", kernel: 2, stride: 2), "conv6", 512, kernel: 3).MaxPoolSame("pool6", 2);
        x = Conv(Conv(x, "conv7", 1024, kernel: 3), "conv8", 256, kernel: 1);
        Features up = Conv(x, "conv11", 128, kernel: 1).Upsample("up", 2);

        float[] biases = Biases(options.Classes);
        Features fine = Conv(Features.Concat("concat", up, lateral), "conv12", 256, kernel: 3).Predict("head16", biases);
        Features coarse = Conv(x, "conv9", 512, kernel: 3).Predict("head32", biases);
        return Features.Build(Card(options.Classes), fine, coarse);
    }

    /// <summary>Of a place's 5 + classes values for each anchor, objectness begins at a probability of 0.01.</summary>
    private static float[] Biases(int classes)
    {
        float[] biases = new float[3 * (5 + classes)];
        for (int anchor = 0; anchor < 3; anchor++) biases[(anchor * (5 + classes)) + 4] = (float)Math.Log(0.01 / 0.99);
        return biases;
    }

    private static ModelCard Card(int classes) => new()
    {
        Task = "detect",
        Labels = classes == Labels.Coco.Count ? Labels.Coco : Labels.Numbered(classes),
        Preprocessing = PreprocessingCard.Of(Preprocessing.Ultralytics),
        Head = new HeadCard
        {
            Layout = HeadLayout.AnchorMaps,
            Boxes = BoxCoding.AnchorExponential,
            Scores = Activation.Sigmoid,
            Strides = [16, 32],
            Anchors = Anchors,
        },
    };

    private static Features Conv(Features x, string name, int channels, int kernel) =>
        x.Conv(name, channels, kernel, pad: kernel / 2, bias: false).BatchNorm().LeakyRelu(0.1f);
}
