namespace EdgeCnn.Models.Onnx;

/// <summary>What the reader has to know beyond the file.</summary>
public sealed record OnnxReadOptions
{
    public static readonly OnnxReadOptions Default = new();

    /// <summary>Shapes of inputs by name, instead of what the file says; needed where the file leaves extents other than the first open.</summary>
    public IReadOnlyDictionary<string, Shape> InputShapes { get; init; } = new Dictionary<string, Shape>();

    /// <summary>What an open first extent becomes.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>
    /// How many bytes of constants may come out of a file that does not hold them (ConstantOfShape, Range, folded shape arithmetic): a few bytes can
    /// claim gigabytes. 1 GiB by default.
    /// </summary>
    public long SynthesisedBytes { get; init; } = 1L << 30;
}
