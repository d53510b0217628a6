namespace EdgeCnn.Models.Zoo;

/// <summary>
/// O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015, figure 1, with a
/// quarter of its channels; padded, so that the output has the image's size, and with batch normalisation, as it is built today. The output
/// is 1 x
/// classes x height x width, before the softmax.
/// </summary>
internal static class UNet
{
    private const int Levels = 4;

    public static Graph Build(ZooOptions options)
    {
        if (options.Size.Height % (1 << Levels) != 0 || options.Size.Width % (1 << Levels) != 0)
            throw new ModelException(
                $"Its sides must be multiples of {1 << Levels}: it halves them {Levels} times and doubles them again.");
        Features x = Features.Image("unet", 3, options.Size, options.Seed);
        Features[] lateral = new Features[Levels];
        for (int level = 0; level < Levels; level++)
        {
            lateral[level] = Twice(x, $"down{level + 1}", 16 << level);
            x = lateral[level].MaxPool($"pool{level + 1}", kernel: 2, stride: 2);
        }
        x = Twice(x, "bottom", 16 << Levels);
        for (int level = Levels - 1; level >= 0; level--)
        {
            Features up = x.UpConv($"up{level + 1}", 16 << level, 2);
            x = Twice(Features.Concat($"join{level + 1}", lateral[level], up), $"merge{level + 1}", 16 << level);
        }
        return Features.Build(
            Segmentation.Card(options.Classes), x.Conv("scores", options.Classes, kernel: 1, start: Initialization.Xavier));
    }

    private static Features Twice(Features x, string name, int channels) => x
        .Conv($"{name}/a", channels, kernel: 3, pad: 1, bias: false).BatchNorm().Relu()
        .Conv($"{name}/b", channels, kernel: 3, pad: 1, bias: false).BatchNorm().Relu();
}
