namespace EdgeCnn.Models.Zoo;

/// <summary>
/// K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", arXiv:1512.03385, 2015. For ImageNet, table 1 with
/// projection where the shape changes (option B) and the stride in a block's first convolution, as published; for CIFAR-10, section 4.2
/// with zero padding instead of projection (option A).
/// </summary>
internal static class ResNet
{
    private delegate Features Block(Features x, string name, int channels, int stride, int dilation);

    public static Graph ResNet18(ZooOptions options) => ImageNet("resnet18", options, Basic, [2, 2, 2, 2]);

    public static Graph ResNet34(ZooOptions options) => ImageNet("resnet34", options, Basic, [3, 4, 6, 3]);

    public static Graph ResNet50(ZooOptions options) => ImageNet("resnet50", options, Bottleneck, [3, 4, 6, 3]);

    public static Graph ResNet101(ZooOptions options) => ImageNet("resnet101", options, Bottleneck, [3, 4, 23, 3]);

    /// <summary>One block for each stage: smaller than any of the paper, for small classes of small pictures.</summary>
    public static Graph ResNet8(ZooOptions options) => Cifar("resnet8", options, 1);

    public static Graph ResNet20(ZooOptions options) => Cifar("resnet20", options, 3);

    public static Graph ResNet56(ZooOptions options) => Cifar("resnet56", options, 9);

    private static Graph ImageNet(string name, ZooOptions options, Block block, ReadOnlySpan<int> depths)
    {
        Features x = Stages(Features.Image(name, 3, options.Size, options.Seed), block, depths, dense: 0)[^1];
        return Features.Build(x.GlobalAveragePool().Flatten().Dense("scores", options.Classes, Initialization.Xavier));
    }

    /// <summary>What the four stages of ResNet-18 make of an image, at strides of 4, 8, 16 and 32.</summary>
    public static Features[] Stages18(Features image) => Stages(image, Basic, [2, 2, 2, 2], dense: 0);

    /// <summary>What the four stages of ResNet-50 make of an image, at strides of 4, 8, 8 and 8: the last two dilate instead.</summary>
    public static Features[] DenseStages50(Features image) => Stages(image, Bottleneck, [3, 4, 6, 3], dense: 2);

    /// <param name="image">Three channels.</param>
    /// <param name="block">What the stages consist of.</param>
    /// <param name="depths">How many of them each stage has.</param>
    /// <param name="dense">
    /// So many of the last stages dilate their kernels instead of striding (Yu, Koltun, Funkhouser, "Dilated Residual Networks", 2017).
    /// </param>
    private static Features[] Stages(Features image, Block block, ReadOnlySpan<int> depths, int dense)
    {
        Features x = image
            .Conv("conv1", 64, kernel: 7, stride: 2, pad: 3, bias: false).BatchNorm().Relu()
            .MaxPool("pool1", kernel: 3, stride: 2, pad: 1);
        Features[] stages = new Features[depths.Length];
        int dilation = 1;
        for (int stage = 0; stage < depths.Length; stage++)
        {
            bool shrinks = stage > 0, strides = shrinks && stage < depths.Length - dense;
            x = block(x, $"conv{stage + 2}_1", 64 << stage, strides ? 2 : 1, dilation);
            if (shrinks && !strides) dilation *= 2;
            for (int i = 1; i < depths[stage]; i++) x = block(x, $"conv{stage + 2}_{i + 1}", 64 << stage, 1, dilation);
            stages[stage] = x;
        }
        return stages;
    }

    private static Graph Cifar(string name, ZooOptions options, int depth)
    {
        Features x = Features.Image(name, 3, options.Size, options.Seed)
            .Conv("conv1", 16, kernel: 3, pad: 1, bias: false).BatchNorm().Relu();
        for (int stage = 0; stage < 3; stage++)
        {
            for (int i = 0; i < depth; i++)
            {
                (string unit, int channels, int stride) = ($"conv{stage + 2}_{i + 1}", 16 << stage, i == 0 && stage > 0 ? 2 : 1);
                Features shortcut = stride == 1 ? x : x.Subsample($"{unit}/shortcut", stride, channels);
                x = TwoConvolutions(x, unit, channels, stride, dilation: 1).Add($"{unit}/sum", shortcut).Relu();
            }
        }
        return Features.Build(x.GlobalAveragePool().Flatten().Dense("scores", options.Classes, Initialization.Xavier));
    }

    private static Features Basic(Features x, string name, int channels, int stride, int dilation) =>
        TwoConvolutions(x, name, channels, stride, dilation).Add($"{name}/sum", Shortcut(x, name, channels, stride)).Relu();

    private static Features TwoConvolutions(Features x, string name, int channels, int stride, int dilation) => x
        .Conv($"{name}/a", channels, kernel: 3, stride, pad: dilation, bias: false, dilation: dilation).BatchNorm().Relu()
        .Conv($"{name}/b", channels, kernel: 3, pad: dilation, bias: false, start: Initialization.Xavier, dilation: dilation).BatchNorm();

    /// <summary>Figure 5, right: 1x1 to fewer channels, 3x3 on them, 1x1 to four times as many.</summary>
    private static Features Bottleneck(Features x, string name, int channels, int stride, int dilation) => x
        .Conv($"{name}/a", channels, kernel: 1, stride, bias: false).BatchNorm().Relu()
        .Conv($"{name}/b", channels, kernel: 3, pad: dilation, bias: false, dilation: dilation).BatchNorm().Relu()
        .Conv($"{name}/c", 4 * channels, kernel: 1, bias: false, start: Initialization.Xavier).BatchNorm()
        .Add($"{name}/sum", Shortcut(x, name, 4 * channels, stride)).Relu();

    private static Features Shortcut(Features x, string name, int channels, int stride) => x.Channels == channels && stride == 1
        ? x
        : x.Conv($"{name}/shortcut", channels, kernel: 1, stride, bias: false, start: Initialization.Xavier).BatchNorm();
}
