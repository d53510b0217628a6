using EdgeCnn.Models;

namespace EdgeCnn.Quantization.Placement;

/// <summary>How a node reads a value.</summary>
internal enum Reading
{
    /// <summary>As it was computed.</summary>
    Raw,
    /// <summary>Quantised with one scale.</summary>
    PerTensor,
    /// <summary>Quantised with one scale per channel (axis 1).</summary>
    PerChannel,
}

/// <summary>A value that exists as integers.</summary>
/// <param name="Name">Of the value.</param>
/// <param name="Group">Values of one group share scale and zero point; named after one of them.</param>
/// <param name="PerTensor">Somebody reads it with one scale.</param>
/// <param name="PerChannel">Somebody reads it with a scale per channel.</param>
/// <param name="Carried">A concatenation, pooling or the like made it of values of the same group, so it has nothing that they have
/// not.</param>
/// <param name="OfSilu">SiLU made it.</param>
internal sealed record QuantizedValue(string Name, string Group, bool PerTensor, bool PerChannel, bool Carried, bool OfSilu);

/// <summary>Which products are computed in integers, which values are quantised for that, and how each node reads its inputs.</summary>
/// <param name="Products">In the order of the graph.</param>
/// <param name="Kept">Products that stay float though they could be quantised.</param>
/// <param name="Values">By name.</param>
/// <param name="Readings">By node name and index of the input; what is not in it is read raw.</param>
internal sealed record QdqPlacement(
    IReadOnlyList<Product> Products,
    IReadOnlyList<Product> Kept,
    IReadOnlyDictionary<string, QuantizedValue> Values,
    IReadOnlyDictionary<(string Node, int Input), Reading> Readings)
{
    public Reading ReadingOf(Node node, int input) => Readings.GetValueOrDefault((node.Name, input), Reading.Raw);
}
