using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Onnx;

/// <summary>What the reader has to know beyond the file.</summary>
public sealed record OnnxReadOptions
{
    public static readonly OnnxReadOptions Default = new();

    /// <summary>
    /// Shapes of inputs by name, instead of what the file says; needed where the file leaves extents other than the first open.
    /// </summary>
    public IReadOnlyDictionary<string, Shape> InputShapes { get; init; } = new Dictionary<string, Shape>();

    /// <summary>What an open first extent becomes.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>What an open third extent of an input with four axes becomes: the height of a picture.</summary>
    public int? Height { get; init; }

    /// <summary>What an open fourth extent of an input with four axes becomes: the width of a picture.</summary>
    public int? Width { get; init; }

    /// <summary>
    /// How many bytes of constants may come out of a file that does not hold them (ConstantOfShape, Range, folded shape arithmetic): a few
    /// bytes can claim gigabytes. 1 GiB by default.
    /// </summary>
    public long SynthesisedBytes { get; init; } = 1L << 30;

    /// <summary>These, and where nobody said a size, the one that the model's exporter wrote into its metadata.</summary>
    public OnnxReadOptions Over(IReadOnlyDictionary<string, string> metadata) => UltralyticsMetadata.Read(metadata) is { } said
        ? this with { Height = Height ?? said.InputHeight, Width = Width ?? said.InputWidth }
        : this;

    /// <summary>What an extent that the file leaves open becomes; null when nobody said it.</summary>
    public int? Open(int axis, int rank) => (axis, rank) switch
    {
        (0, _) => Batch,
        (2, 4) => Height,
        (3, 4) => Width,
        _ => null,
    };
}
