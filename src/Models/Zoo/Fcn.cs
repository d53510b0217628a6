namespace EdgeCnn.Models.Zoo;

/// <summary>
/// J. Long, E. Shelhamer, T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015: a classifier's layers, kept as
/// maps, and upsampled to a score for every class at every pixel. The output is 1 x classes x height x width, before the softmax.
/// </summary>
internal static class Fcn
{
    /// <summary>
    /// The paper's FCN-8s on ResNet-18: the scores at stride 32 are upsampled by a learned interpolation and added to those at stride 16,
    /// these to those at stride 8 (figure 3); from there on it is bilinear.
    /// </summary>
    public static Graph ResNet18(ZooOptions options)
    {
        Features image = Features.Image("fcn_resnet18", 3, options.Size, options.Seed);
        Features[] stages = ResNet.Stages18(image);
        Features Score(int stage) =>
            stages[stage].Conv($"score{4 << stage}", options.Classes, kernel: 1, start: Initialization.Xavier);
        Features Fuse(string name, Features coarse, Features fine) =>
            coarse.LearnedUpsample($"{name}/up", 2).CropLike($"{name}/crop", fine).Add(name, fine);

        Features x = Fuse("fuse8", Fuse("fuse16", Score(3), Score(2)), Score(1));
        return Features.Build(Segmentation.Card(options.Classes), x.Stretch("scores", options.Size.Height, options.Size.Width));
    }

    /// <summary>
    /// The form in which weights are handed round today: ResNet-50 whose last two stages dilate instead of striding, a head of two
    /// convolutions, and a second one behind the third stage that only helps in training (an option, as a further output).
    /// </summary>
    public static Graph ResNet50(ZooOptions options)
    {
        Features[] stages = ResNet.DenseStages50(Features.Image("fcn_resnet50", 3, options.Size, options.Seed));
        Features scores = Head(stages[3], "head", options);
        return options.Auxiliary
            ? Features.Build(Segmentation.Card(options.Classes), scores, Head(stages[2], "aux", options))
            : Features.Build(Segmentation.Card(options.Classes), scores);
    }

    private static Features Head(Features x, string name, ZooOptions options) => x
        .Conv($"{name}/conv", x.Channels / 4, kernel: 3, pad: 1, bias: false).BatchNorm().Relu().Dropout(0.1f)
        .Conv($"{name}/classes", options.Classes, kernel: 1, start: Initialization.Xavier)
        .Stretch($"{name}/scores", options.Size.Height, options.Size.Width);
}
