namespace EdgeCnn.Models.Zoo;

/// <summary>
/// C. Szegedy et al., "Going Deeper with Convolutions", arXiv:1409.4842, 2014, table 1 (Inception v1), with local response normalisation
/// and biases; pooled extents are rounded up, as table 1's are. The auxiliary classifiers (section 5) are an option, as further outputs.
/// </summary>
/// <param name="modern">
/// The form in which weights are handed round today: batch normalisation in place of local response normalisation and biases, and 3x3
/// kernels where table 1 has "5x5".
/// </param>
internal sealed class GoogLeNet(bool modern)
{
    public static Graph Published(ZooOptions options) => new GoogLeNet(modern: false).Build("googlenet", options);

    public static Graph BatchNormalized(ZooOptions options) => new GoogLeNet(modern: true).Build("googlenet_bn", options);

    private Graph Build(string name, ZooOptions options)
    {
        Features x = Features.Image(name, 3, options.Size, options.Seed);
        x = Normalize("norm1", Conv(x, "conv1", 64, kernel: 7, stride: 2, pad: 3).MaxPool("pool1", kernel: 3, stride: 2, ceil: true));
        x = Conv(Conv(x, "conv2_reduce", 64, kernel: 1), "conv2", 192, kernel: 3, pad: 1);
        x = Normalize("norm2", x).MaxPool("pool2", kernel: 3, stride: 2, ceil: true);

        // Columns of table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
        x = Inception(x, "3a", 64, 96, 128, 16, 32, 32);
        x = Inception(x, "3b", 128, 128, 192, 32, 96, 64).MaxPool("pool3", kernel: 3, stride: 2, ceil: true);
        Features a = x = Inception(x, "4a", 192, 96, 208, 16, 48, 64);
        x = Inception(x, "4b", 160, 112, 224, 24, 64, 64);
        x = Inception(x, "4c", 128, 128, 256, 24, 64, 64);
        Features d = x = Inception(x, "4d", 112, 144, 288, 32, 64, 64);
        int pool = modern ? 2 : 3;
        x = Inception(x, "4e", 256, 160, 320, 32, 128, 128).MaxPool("pool4", pool, stride: 2, ceil: true);
        x = Inception(x, "5a", 256, 160, 320, 32, 128, 128);
        x = Inception(x, "5b", 384, 192, 384, 48, 128, 128);
        x = x.GlobalAveragePool().Flatten().Dropout(0.4f).Dense("scores", options.Classes, Initialization.Xavier);
        return options.Auxiliary
            ? Features.Build(x, Auxiliary(a, "aux1", options.Classes), Auxiliary(d, "aux2", options.Classes))
            : Features.Build(x);
    }

    /// <summary>Figure 2b: four views of the same place side by side.</summary>
    private Features Inception(Features x, string name, int c1, int reduce3, int c3, int reduce5, int c5, int project) => Features.Concat(
        $"inception_{name}",
        Conv(x, $"{name}/1x1", c1, kernel: 1),
        Conv(Conv(x, $"{name}/3x3_reduce", reduce3, kernel: 1), $"{name}/3x3", c3, kernel: 3, pad: 1),
        Conv(Conv(x, $"{name}/5x5_reduce", reduce5, kernel: 1), $"{name}/5x5", c5, modern ? 3 : 5, pad: modern ? 1 : 2),
        Conv(x.MaxPool($"{name}/pool", kernel: 3, stride: 1, pad: 1), $"{name}/pool_proj", project, kernel: 1));

    private Features Auxiliary(Features x, string name, int classes) =>
        Conv(x.AveragePool($"{name}/pool", kernel: 5, stride: 3), $"{name}/conv", 128, kernel: 1)
            .Flatten($"{name}/flatten")
            .Dense($"{name}/fc", 1024).Relu().Dropout(0.7f)
            .Dense($"{name}/scores", classes, Initialization.Xavier);

    private Features Conv(Features x, string name, int channels, int kernel, int stride = 1, int pad = 0) => modern
        ? x.Conv(name, channels, kernel, stride, pad, bias: false).BatchNorm(1e-3f).Relu()
        : x.Conv(name, channels, kernel, stride, pad).Relu();

    private Features Normalize(string name, Features x) => modern ? x : x.LocalResponseNorm(name, size: 5, alpha: 2e-5f, beta: 0.75f, k: 1);
}
