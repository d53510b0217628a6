using System.Globalization;

namespace EdgeCnn.Training.Data;

/// <summary>
/// Boxes that reach out of their picture: they are cut at its edges, those wholly outside are left out, and both are counted and said.
/// </summary>
internal sealed class BoxCheck
{
    // A box that fits its picture to within a rounding of its last digit reaches out of nothing.
    private const float Slack = 0.002f;

    private readonly List<string> _cut = [];
    private readonly List<string> _outside = [];

    /// <param name="box">As it was written down.</param>
    /// <param name="width">Of the picture, in the unit of the box.</param>
    /// <param name="height">Of the picture, in the unit of the box.</param>
    /// <param name="place">For messages: the file and the line.</param>
    /// <returns>What lies inside; null for nothing.</returns>
    public Box? Inside(Box box, float width, float height, string place)
    {
        Box inside = new(
            box.ClassId, Math.Clamp(box.Left, 0, width), Math.Clamp(box.Top, 0, height), Math.Clamp(box.Right, 0, width),
            Math.Clamp(box.Bottom, 0, height));
        if (!(inside is { Width: > 0, Height: > 0 }))
        {
            _outside.Add(place);
            return null;
        }
        float reach = Math.Max(
            Math.Max(-box.Left, box.Right - width) / width,
            Math.Max(-box.Top, box.Bottom - height) / height);
        if (reach > Slack) _cut.Add(place);
        return inside;
    }

    public IEnumerable<string> Remarks()
    {
        if (_cut.Count > 0) yield return Say(_cut, "reach out of the picture and are cut at its edges");
        if (_outside.Count > 0) yield return Say(_outside, "lie outside of the picture, or have no area, and are left out");
    }

    private static string Say(List<string> places, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{places.Count} boxes {what}; the first is at {places[0]}.");
}
