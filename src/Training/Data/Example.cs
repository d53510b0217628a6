using System.Collections.Immutable;

namespace EdgeCnn.Training.Data;

/// <summary>Where an object is: corners in pixels of the picture (right and bottom are the far edges), and what it is.</summary>
public readonly record struct Box(int ClassId, float Left, float Top, float Right, float Bottom)
{
    public float Width => Right - Left;

    public float Height => Bottom - Top;
}

/// <summary>A picture and what it shows; of the three labels, a data set fills in the one of its task.</summary>
/// <param name="Picture">What the network is to see.</param>
/// <param name="ClassId">Of the whole picture; -1 where the data set does not classify.</param>
/// <param name="Boxes">Objects in it.</param>
/// <param name="Mask">The class of each pixel, height x width, 255 for pixels that do not count; null where the data set does not
/// segment.</param>
public sealed record Example(Picture Picture, int ClassId, ImmutableArray<Box> Boxes, byte[]? Mask = null)
{
    public static Example OfClass(Picture picture, int classId) => new(picture, classId, []);

    public static Example OfBoxes(Picture picture, params ImmutableArray<Box> boxes) => new(picture, -1, boxes);
}
