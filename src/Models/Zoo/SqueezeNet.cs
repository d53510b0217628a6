namespace EdgeCnn.Models.Zoo;

/// <summary>
/// F. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and &lt;0.5MB model size", arXiv:1602.07360, 2016,
/// table 1 (version 1.0, without bypass).
/// </summary>
internal static class SqueezeNet
{
    public static Graph Build(ZooOptions options) => Features.Build(Fires(
            Features.Image("squeezenet", 3, options.Size, options.Seed)
                .Conv("conv1", 96, kernel: 7, stride: 2).Relu()
                .MaxPool("maxpool1", kernel: 3, stride: 2, ceil: true))
        .Dropout(0.5f)
        .Conv("conv10", options.Classes, kernel: 1).Relu()
        .GlobalAveragePool("avgpool10")
        .Flatten("scores"));

    private static Features Fires(Features x)
    {
        x = Fire(x, "fire2", squeeze: 16, expand: 64);
        x = Fire(x, "fire3", squeeze: 16, expand: 64);
        x = Fire(x, "fire4", squeeze: 32, expand: 128).MaxPool("maxpool4", kernel: 3, stride: 2, ceil: true);
        x = Fire(x, "fire5", squeeze: 32, expand: 128);
        x = Fire(x, "fire6", squeeze: 48, expand: 192);
        x = Fire(x, "fire7", squeeze: 48, expand: 192);
        x = Fire(x, "fire8", squeeze: 64, expand: 256).MaxPool("maxpool8", kernel: 3, stride: 2, ceil: true);
        return Fire(x, "fire9", squeeze: 64, expand: 256);
    }

    /// <summary>Figure 1: few 1x1 filters feed 1x1 and 3x3 ones side by side.</summary>
    private static Features Fire(Features x, string name, int squeeze, int expand)
    {
        x = x.Conv($"{name}/squeeze1x1", squeeze, kernel: 1).Relu();
        return Features.Concat(
            $"{name}/concat",
            x.Conv($"{name}/expand1x1", expand, kernel: 1).Relu(),
            x.Conv($"{name}/expand3x3", expand, kernel: 3, pad: 1).Relu());
    }
}
