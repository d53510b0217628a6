namespace EdgeCnn.Models.Zoo;

/// <summary>
/// C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna, "Rethinking the Inception Architecture for Computer Vision", arXiv:1512.00567,
/// 2015, table 1. The widths inside the modules, which the paper does not print, are those that its authors released. The auxiliary
/// classifier is an option, as a further output.
/// </summary>
internal static class InceptionV3
{
    public static Graph Build(ZooOptions options)
    {
        Features x = Features.Image("inception_v3", 3, options.Size, options.Seed);
        x = Conv(x, "conv1", 32, kernel: 3, stride: 2);
        x = Conv(x, "conv2", 32, kernel: 3);
        x = Conv(x, "conv3", 64, kernel: 3, pad: 1).MaxPool("pool1", kernel: 3, stride: 2);
        x = Conv(x, "conv4", 80, kernel: 1);
        x = Conv(x, "conv5", 192, kernel: 3).MaxPool("pool2", kernel: 3, stride: 2);
        x = Figure5(x, "mixed1", project: 32);
        x = Figure5(x, "mixed2", project: 64);
        x = Figure5(x, "mixed3", project: 64);
        x = Reduction(x, "mixed4");
        x = Figure6(x, "mixed5", inner: 128);
        x = Figure6(x, "mixed6", inner: 160);
        x = Figure6(x, "mixed7", inner: 160);
        Features middle = x = Figure6(x, "mixed8", inner: 192);
        x = ReductionWithFactors(x, "mixed9");
        x = Figure7(x, "mixed10");
        x = Figure7(x, "mixed11");
        x = x.GlobalAveragePool().Flatten().Dropout(0.2f).Dense("scores", options.Classes, Initialization.Xavier);
        return options.Auxiliary ? Features.Build(x, Auxiliary(middle, options.Classes)) : Features.Build(x);
    }

    /// <summary>Two 3x3 in place of one 5x5. (The released network has a 5x5 here still, on fewer channels.)</summary>
    private static Features Figure5(Features x, string name, int project)
    {
        Features five = Conv(Conv(x, $"{name}/5x5_reduce", 48, kernel: 1), $"{name}/5x5", 64, kernel: 5, pad: 2);
        Features threes = Conv(Conv(x, $"{name}/3x3_reduce", 64, kernel: 1), $"{name}/3x3_1", 96, kernel: 3, pad: 1);
        return Features.Concat(
            name,
            Conv(x, $"{name}/1x1", 64, kernel: 1),
            five,
            Conv(threes, $"{name}/3x3_2", 96, kernel: 3, pad: 1),
            Projected(x, name, project));
    }

    /// <summary>Figure 10: the grid is halved by convolutions and a pooling side by side.</summary>
    private static Features Reduction(Features x, string name)
    {
        Features threes = Conv(Conv(x, $"{name}/double_reduce", 64, kernel: 1), $"{name}/double_1", 96, kernel: 3, pad: 1);
        return Features.Concat(
            name,
            Conv(x, $"{name}/3x3", 384, kernel: 3, stride: 2),
            Conv(threes, $"{name}/double_2", 96, kernel: 3, stride: 2),
            x.MaxPool($"{name}/pool", kernel: 3, stride: 2));
    }

    /// <summary>7x7 as 1x7 and 7x1.</summary>
    private static Features Figure6(Features x, string name, int inner)
    {
        Features once = Row(Conv(x, $"{name}/7x7_reduce", inner, kernel: 1), $"{name}/1x7", inner);
        Features twice = Column(Conv(x, $"{name}/double_reduce", inner, kernel: 1), $"{name}/double_7x1_1", inner);
        twice = Column(Row(twice, $"{name}/double_1x7_1", inner), $"{name}/double_7x1_2", inner);
        return Features.Concat(
            name,
            Conv(x, $"{name}/1x1", 192, kernel: 1),
            Column(once, $"{name}/7x1", 192),
            Row(twice, $"{name}/double_1x7_2", 192),
            Projected(x, name, 192));
    }

    private static Features ReductionWithFactors(Features x, string name)
    {
        Features three = Conv(x, $"{name}/3x3_reduce", 192, kernel: 1), seven = Conv(x, $"{name}/7x7_reduce", 192, kernel: 1);
        seven = Column(Row(seven, $"{name}/1x7", 192), $"{name}/7x1", 192);
        return Features.Concat(
            name,
            Conv(three, $"{name}/3x3", 320, kernel: 3, stride: 2),
            Conv(seven, $"{name}/7x7", 192, kernel: 3, stride: 2),
            x.MaxPool($"{name}/pool", kernel: 3, stride: 2));
    }

    /// <summary>3x3 as 1x3 and 3x1 side by side, for wide features on the coarsest grid.</summary>
    private static Features Figure7(Features x, string name)
    {
        Features three = Conv(x, $"{name}/3x3_reduce", 384, kernel: 1);
        Features twice = Conv(Conv(x, $"{name}/double_reduce", 448, kernel: 1), $"{name}/double_3x3", 384, kernel: 3, pad: 1);
        return Features.Concat(
            name,
            Conv(x, $"{name}/1x1", 320, kernel: 1),
            Fork(three, $"{name}/3x3"),
            Fork(twice, $"{name}/double"),
            Projected(x, name, 192));
    }

    private static Features Fork(Features x, string name) => Features.Concat(
        name,
        Normal(x.Conv($"{name}_1x3", 384, (1, 3), pad: (0, 1), bias: false)),
        Normal(x.Conv($"{name}_3x1", 384, (3, 1), pad: (1, 0), bias: false)));

    private static Features Projected(Features x, string name, int channels) =>
        Conv(x.AveragePool($"{name}/pool", kernel: 3, stride: 1, pad: 1), $"{name}/pool_proj", channels, kernel: 1);

    /// <summary>The last convolution covers all that the pooling leaves, 5x5 of an image of 299.</summary>
    private static Features Auxiliary(Features x, int classes)
    {
        x = Conv(x.AveragePool("aux/pool", kernel: 5, stride: 3), "aux/conv1", 128, kernel: 1);
        return Conv(x, "aux/conv2", 768, kernel: 5)
            .GlobalAveragePool("aux/global")
            .Flatten("aux/flatten")
            .Dense("aux/scores", classes, Initialization.Xavier);
    }

    private static Features Row(Features x, string name, int channels) =>
        Normal(x.Conv(name, channels, (1, 7), pad: (0, 3), bias: false));

    private static Features Column(Features x, string name, int channels) =>
        Normal(x.Conv(name, channels, (7, 1), pad: (3, 0), bias: false));

    private static Features Conv(Features x, string name, int channels, int kernel, int stride = 1, int pad = 0) =>
        Normal(x.Conv(name, channels, kernel, stride, pad, bias: false));

    private static Features Normal(Features x) => x.BatchNorm(1e-3f).Relu();
}
