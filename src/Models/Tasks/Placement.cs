namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Where the image lies in the network's input: per axis, image coordinate = network coordinate * Scale + Offset. Coordinates are those of
/// boxes: 0 is the left or upper edge of the first pixel.
/// </summary>
public readonly record struct Placement(float ScaleX, float OffsetX, float ScaleY, float OffsetY)
{
    /// <summary>A box of the network's input, as a box of the image.</summary>
    public Box ToImage(float left, float top, float right, float bottom) =>
        new((left * ScaleX) + OffsetX, (top * ScaleY) + OffsetY, (right - left) * ScaleX, (bottom - top) * ScaleY);

    /// <summary>A box of the image, as a box of the network's input.</summary>
    public Box ToNetwork(Box box) =>
        new((box.X - OffsetX) / ScaleX, (box.Y - OffsetY) / ScaleY, box.Width / ScaleX, box.Height / ScaleY);
}
