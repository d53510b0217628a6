namespace EdgeCnn.Models.Tasks;

/// <summary>How a picture of any size becomes the size that the network takes. All of them sample bilinearly.</summary>
public enum ResizePolicy
{
    /// <summary>Keeps the ratio, centred, the rest filled (Ultralytics: YOLOv5, v8, v9, v11).</summary>
    Letterbox,

    /// <summary>Keeps the ratio, in the top-left corner, the rest filled (YOLOX).</summary>
    LetterboxTopLeft,

    /// <summary>
    /// Keeps the ratio, centred, as an affine warp about the centre of the pixel grid (NanoDet); the border blends into the fill.
    /// </summary>
    Warp,

    /// <summary>Each axis on its own, the ratio is lost (SSD, UltraFace).</summary>
    Stretch,

    /// <summary>
    /// The shorter side becomes the network's side / <see cref="Preprocessing.CropRatio"/>, then the centre is cut out (classifiers).
    /// </summary>
    CentreCrop,
}

/// <summary>Which colour the network's first channel holds.</summary>
public enum ChannelOrder
{
    Rgb,
    Bgr,

    /// <summary>One channel: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).</summary>
    Grey,
}

/// <summary>
/// How the network's training pipeline made numbers of pixels. A value of channel c is (level * <see cref="Scale"/> -
/// <see cref="Mean"/>[c]) /
/// <see cref="Deviation"/>[c], where level is 0 to 255 and channels count in the network's order.
/// </summary>
public sealed record Preprocessing
{
    public ResizePolicy Resize { get; init; } = ResizePolicy.Letterbox;

    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>The level of the pixels that no image covers.</summary>
    public byte Fill { get; init; } = 114;

    public float Scale { get; init; } = 1f / 255;

    /// <summary>One value for all channels, or one for each.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0];

    /// <summary>One value for all channels, or one for each.</summary>
    public IReadOnlyList<float> Deviation { get; init; } = [1];

    /// <summary>For <see cref="ResizePolicy.CentreCrop"/>: what share of the shorter side is kept, above 0 and up to 1.</summary>
    public float CropRatio { get; init; } = 1;

    /// <summary>YOLOX (Megvii, 2021): top-left letterbox, BGR, levels as they are.</summary>
    public static Preprocessing Yolox { get; } = new() { Resize = ResizePolicy.LetterboxTopLeft, Channels = ChannelOrder.Bgr, Scale = 1 };

    /// <summary>Ultralytics' detectors: centred letterbox, RGB, 0 to 1.</summary>
    public static Preprocessing Ultralytics { get; } = new();

    /// <summary>NanoDet: centred warp on black, BGR, ImageNet's mean and deviation in levels.</summary>
    public static Preprocessing NanoDet { get; } = new()
    {
        Resize = ResizePolicy.Warp,
        Channels = ChannelOrder.Bgr,
        Fill = 0,
        Scale = 1,
        Mean = [103.53f, 116.28f, 123.675f],
        Deviation = [57.375f, 57.12f, 58.395f],
    };

    /// <summary>UltraFace and the SSD family: stretched, RGB, (level - 127) / 128.</summary>
    public static Preprocessing Ssd { get; } = new() { Resize = ResizePolicy.Stretch, Scale = 1, Mean = [127], Deviation = [128] };

    /// <summary>Transformers without NMS (RT-DETR): stretched, RGB, 0 to 1.</summary>
    public static Preprocessing Detr { get; } = new() { Resize = ResizePolicy.Stretch };

    /// <summary>Classifiers trained on ImageNet with torchvision's recipe: 224 of 256, RGB, mean and deviation of ImageNet.</summary>
    public static Preprocessing ImageNet { get; } = new()
    {
        Resize = ResizePolicy.CentreCrop,
        CropRatio = 0.875f,
        Mean = [0.485f, 0.456f, 0.406f],
        Deviation = [0.229f, 0.224f, 0.225f],
    };

    /// <summary>Segmentation networks on backbones of ImageNet: the whole picture, RGB, mean and deviation of ImageNet.</summary>
    public static Preprocessing Segmenter { get; } = ImageNet with { Resize = ResizePolicy.Letterbox, CropRatio = 1 };

    /// <summary>Ultralytics' classifiers: the shorter side fits, RGB, 0 to 1.</summary>
    public static Preprocessing UltralyticsClassifier { get; } = new() { Resize = ResizePolicy.CentreCrop };

    /// <summary>One channel, stretched, 0 to 1.</summary>
    public static Preprocessing Greyscale { get; } = new() { Resize = ResizePolicy.Stretch, Channels = ChannelOrder.Grey };

    /// <summary>Factor and summand that turn a level into channel <paramref name="channel"/>'s value.</summary>
    internal (float Factor, float Summand) Affine(int channel)
    {
        float mean = Mean[Mean.Count == 1 ? 0 : channel], deviation = Deviation[Deviation.Count == 1 ? 0 : channel];
        return (Scale / deviation, -mean / deviation);
    }

    /// <exception cref="ModelException">A value makes no sense.</exception>
    internal void Check()
    {
        int channels = Channels == ChannelOrder.Grey ? 1 : 3;
        if (!float.IsFinite(Scale) || Scale == 0)
            throw new ModelException($"Preprocessing: scale is {Scale}; it has to be a number other than 0.");
        if (Mean.Count != 1 && Mean.Count != channels || Mean.Any(value => !float.IsFinite(value)))
            throw new ModelException($"Preprocessing: mean needs 1 or {channels} finite numbers.");
        if (Deviation.Count != 1 && Deviation.Count != channels || Deviation.Any(value => !float.IsFinite(value) || value == 0))
            throw new ModelException($"Preprocessing: deviation needs 1 or {channels} finite numbers other than 0.");
        if (!(CropRatio is > 0 and <= 1))
            throw new ModelException($"Preprocessing: cropRatio is {CropRatio}; it lies above 0 and up to 1.");
    }
}
