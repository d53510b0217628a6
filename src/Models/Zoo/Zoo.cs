using System.Collections.Immutable;
using System.Globalization;

namespace EdgeCnn.Models.Zoo;

/// <summary>Rows and columns of an image, in pixels; a single number makes a square one.</summary>
public readonly record struct ImageSize(int Height, int Width)
{
    public static implicit operator ImageSize(int side) => new(side, side);

    /// <summary>Width first, as cameras name it: 320x256.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}");
}

/// <summary>What a network of the zoo leaves open.</summary>
/// <param name="Classes">How many it tells apart.</param>
/// <param name="Size">Of its images.</param>
/// <param name="Seed">Of the weights; null leaves them at zero, which takes no memory and suffices for a network's figures.</param>
/// <param name="Auxiliary">Whether the classifiers that only help in training are there, as further outputs (the Inception
/// networks).</param>
internal sealed record ZooOptions(int Classes, ImageSize Size, int? Seed, bool Auxiliary = false);

/// <summary>A network of the zoo.</summary>
public sealed class ZooNetwork
{
    private readonly Func<ZooOptions, Graph> _write;

    internal ZooNetwork(string name, string paper, int channels, ImageSize size, int classes, Func<ZooOptions, Graph> write) =>
        (Name, Paper, Channels, Size, Classes, _write) = (name, paper, channels, size, classes, write);

    /// <summary>By which it is asked for.</summary>
    public string Name { get; }

    /// <summary>First author, title, year; the variant, where there are several.</summary>
    public string Paper { get; }

    /// <summary>Of its images.</summary>
    public int Channels { get; }

    /// <summary>Of its images in the paper.</summary>
    public ImageSize Size { get; }

    /// <summary>As many as the paper's data set has.</summary>
    public int Classes { get; }

    /// <summary>
    /// The network with one input, 1 x channels x height x width, and what its task reads: scores before the softmax, 1 x classes, of
    /// classifiers; the maps that the card in its metadata describes, of detectors. Weights are initialised (He 2015 before rectifiers,
    /// Glorot 2010 elsewhere), biases zero but for the scores of detectors; equal seeds give equal bits on every machine.
    /// </summary>
    /// <param name="classes">null: <see cref="Classes"/>.</param>
    /// <param name="seed">null leaves the weights at zero, in memory that is never touched: enough for figures.</param>
    /// <param name="size">null: <see cref="Size"/>.</param>
    /// <param name="auxiliary">Whether classifiers that only help in training are there, as further outputs.</param>
    /// <exception cref="ModelException">The image is too small for the network, or it or the classes too many.</exception>
    public Graph Build(int? classes = null, int? seed = 1, ImageSize? size = null, bool auxiliary = false)
    {
        if (classes is < 1) throw new ModelException($"{Name}: {classes} classes cannot be told apart; ask for 1 or more.");
        ImageSize image = size ?? Size;
        if (image.Height < 1 || image.Width < 1)
            throw new ModelException($"{Name}: images of {image} pixels have none; ask for 1 or more.");
        try
        {
            return _write(new ZooOptions(classes ?? Classes, image, seed, auxiliary));
        }
        catch (ModelException e)
        {
            throw new ModelException(
                $"{Name} cannot be built for images of {image} pixels and {classes ?? Classes} classes. {e.Message}", e);
        }
    }
}

/// <summary>The classic convolutional networks, each written down layer by layer from its paper.</summary>
public static class Zoo
{
    private const string LeCun = "LeCun, Gradient-Based Learning Applied to Document Recognition, 1998";
    private const string He = "He, Deep Residual Learning for Image Recognition, 2015";
    private const string Krizhevsky = "Krizhevsky, ImageNet Classification with Deep Convolutional Neural Networks";
    private const string Long = "Long, Fully Convolutional Networks for Semantic Segmentation, 2015";
    private const string Simonyan = "Simonyan, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014";
    private const string Jocher = "after Jocher, YOLOv8, 2023 (anchor-free, raw maps)";
    private const string Szegedy = "Szegedy, Going Deeper with Convolutions, 2014";

    public static ImmutableArray<ZooNetwork> Networks { get; } =
    [
        new("mlp", $"{LeCun} (784-300-100-10)", 1, 28, 10, LeNet.Mlp),
        new("lenet5", $"{LeCun} (averages, C3 fully connected, linear output)", 1, 32, 10, LeNet.LeNet5),
        new("alexnet", $"{Krizhevsky}, 2012 (two towers)", 3, 227, 1000, AlexNet.TwoTower),
        new("alexnet_one_tower", "Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014", 3, 224, 1000,
            AlexNet.OneTower),
        new("vgg16", $"{Simonyan} (D)", 3, 224, 1000, Vgg.Vgg16),
        new("vgg19", $"{Simonyan} (E)", 3, 224, 1000, Vgg.Vgg19),
        new("googlenet", Szegedy, 3, 224, 1000, GoogLeNet.Published),
        new("googlenet_bn", $"{Szegedy} (batch normalisation, 3x3 for 5x5)", 3, 224, 1000, GoogLeNet.BatchNormalized),
        new("inception_v3", "Szegedy, Rethinking the Inception Architecture for Computer Vision, 2015", 3, 299, 1000, InceptionV3.Build),
        new("resnet18", He, 3, 224, 1000, ResNet.ResNet18),
        new("resnet34", He, 3, 224, 1000, ResNet.ResNet34),
        new("resnet50", He, 3, 224, 1000, ResNet.ResNet50),
        new("resnet101", He, 3, 224, 1000, ResNet.ResNet101),
        new("resnet8", $"{He} (as for CIFAR-10, one block for each stage)", 3, 32, 10, ResNet.ResNet8),
        new("resnet20", $"{He} (CIFAR-10)", 3, 32, 10, ResNet.ResNet20),
        new("resnet56", $"{He} (CIFAR-10)", 3, 32, 10, ResNet.ResNet56),
        new("squeezenet", "Iandola, SqueezeNet, 2016 (1.0)", 3, 224, 1000, SqueezeNet.Build),
        new("mobilenet_v1", "Howard, MobileNets, 2017", 3, 224, 1000, MobileNet.V1),
        new("mobilenet_v2", "Sandler, MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018", 3, 224, 1000, MobileNet.V2),
        new("fcn_resnet18", $"{Long} (FCN-8s on ResNet-18)", 3, new ImageSize(256, 320), 21, Fcn.ResNet18),
        new("fcn_resnet50", $"{Long} (dilated ResNet-50)", 3, new ImageSize(256, 320), 21, Fcn.ResNet50),
        new("unet", "Ronneberger, U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015 (a quarter of the channels)",
            3, new ImageSize(256, 320), 2, UNet.Build),
        new("yolo_tiny", "Redmon, YOLOv3: An Incremental Improvement, 2018 (tiny)", 3, 416, 80, YoloTiny.Build),
        new("yolo_edge_n", $"{Jocher}, n", 3, 640, 80, YoloEdge.Nano),
        new("yolo_edge_s", $"{Jocher}, s", 3, 640, 80, YoloEdge.Small),
        new("yolo_edge_m", $"{Jocher}, m", 3, 640, 80, YoloEdge.Medium),
        new("yolo_arena", $"{Jocher}, ours for boards", 3, new ImageSize(256, 320), 4, YoloEdge.Arena),
    ];

    public static IEnumerable<string> Names => Networks.Select(network => network.Name);

    /// <exception cref="ModelException">There is no network of this name; lists those that there are.</exception>
    public static ZooNetwork Find(string name) => Networks.FirstOrDefault(network => network.Name == name)
        ?? throw new ModelException($"The zoo has no network '{name}'; it has {string.Join(", ", Names)}.");

    /// <summary>The network called <paramref name="name"/>, as <see cref="ZooNetwork.Build"/> makes it.</summary>
    /// <exception cref="ModelException">There is no network of this name, or it cannot be built for these figures.</exception>
    public static Graph Build(string name, int? classes = null, int? seed = 1, ImageSize? size = null, bool auxiliary = false) =>
        Find(name).Build(classes, seed, size, auxiliary);
}
