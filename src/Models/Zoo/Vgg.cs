namespace EdgeCnn.Models.Zoo;

/// <summary>
/// K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", arXiv:1409.1556, 2014, table 1:
/// configurations D (16 weight layers) and E (19).
/// </summary>
internal static class Vgg
{
    public static Graph Vgg16(ZooOptions options) => Build("vgg16", options, [2, 2, 3, 3, 3]);

    public static Graph Vgg19(ZooOptions options) => Build("vgg19", options, [2, 2, 4, 4, 4]);

    private static Graph Build(string name, ZooOptions options, ReadOnlySpan<int> depths)
    {
        ReadOnlySpan<int> widths = [64, 128, 256, 512, 512];
        Features x = Features.Image(name, 3, options.Size, options.Seed);
        for (int block = 0; block < widths.Length; block++)
        {
            for (int i = 0; i < depths[block]; i++) x = x.Conv($"conv{block + 1}_{i + 1}", widths[block], kernel: 3, pad: 1).Relu();
            x = x.MaxPool($"pool{block + 1}", kernel: 2, stride: 2);
        }
        return Features.Build(x
            .Flatten()
            .Dense("fc6", 4096).Relu().Dropout(0.5f)
            .Dense("fc7", 4096).Relu().Dropout(0.5f)
            .Dense("scores", options.Classes, Initialization.Xavier));
    }
}
