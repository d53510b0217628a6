namespace EdgeCnn.Models.Zoo;

/// <summary>Networks whose 3x3 convolutions are depthwise, their channels mixed by 1x1 convolutions.</summary>
internal static class MobileNet
{
    /// <summary>
    /// A. Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", arXiv:1704.04861, 2017,
    /// table 1 at width multiplier 1. The last depthwise stride, 2 in the table, is 1: its output of 7x7 is not to be had otherwise.
    /// </summary>
    public static Graph V1(ZooOptions options)
    {
        Features x = Features.Image("mobilenet_v1", 3, options.Size, options.Seed)
            .Conv("conv1", 32, kernel: 3, stride: 2, pad: 1, bias: false).BatchNorm().Relu();
        ReadOnlySpan<(int Channels, int Stride)> layers =
        [
            (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
            (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
        ];
        for (int i = 0; i < layers.Length; i++)
        {
            x = x.Depthwise($"conv{i + 2}/dw", kernel: 3, layers[i].Stride, pad: 1).BatchNorm().Relu()
                .Conv($"conv{i + 2}/pw", layers[i].Channels, kernel: 1, bias: false).BatchNorm().Relu();
        }
        return Features.Build(x.GlobalAveragePool().Flatten().Dense("scores", options.Classes, Initialization.Xavier));
    }

    /// <summary>
    /// M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", arXiv:1801.04381, 2018, table 2 at width multiplier 1.
    /// </summary>
    public static Graph V2(ZooOptions options)
    {
        Features x = Features.Image("mobilenet_v2", 3, options.Size, options.Seed)
            .Conv("conv1", 32, kernel: 3, stride: 2, pad: 1, bias: false).BatchNorm().Relu6();
        ReadOnlySpan<(int Expansion, int Channels, int Repeats, int Stride)> table =
        [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
        ];
        int number = 0;
        foreach ((int expansion, int channels, int repeats, int stride) in table)
        {
            for (int i = 0; i < repeats; i++) x = InvertedResidual(x, $"bottleneck{++number}", expansion, channels, i == 0 ? stride : 1);
        }
        return Features.Build(x
            .Conv("conv2", 1280, kernel: 1, bias: false).BatchNorm().Relu6()
            .GlobalAveragePool()
            .Flatten()
            .Dropout(0.2f)
            .Dense("scores", options.Classes, Initialization.Xavier));
    }

    /// <summary>Table 1: 1x1 to more channels, 3x3 on each by itself, 1x1 to few; no activation after the last.</summary>
    private static Features InvertedResidual(Features x, string name, int expansion, int channels, int stride)
    {
        Features wide = expansion == 1 ? x : x.Conv($"{name}/expand", expansion * x.Channels, kernel: 1, bias: false).BatchNorm().Relu6();
        Features narrow = wide
            .Depthwise($"{name}/depthwise", kernel: 3, stride, pad: 1).BatchNorm().Relu6()
            .Conv($"{name}/project", channels, kernel: 1, bias: false, start: Initialization.Xavier).BatchNorm();
        return stride == 1 && x.Channels == channels ? narrow.Add($"{name}/sum", x) : narrow;
    }
}
