namespace EdgeCnn.Models.Tasks;

/// <summary>An upright rectangle in pixels of the original image; X and Y are its top-left corner.</summary>
public readonly record struct Box(float X, float Y, float Width, float Height)
{
    public float Right => X + Width;

    public float Bottom => Y + Height;

    public float CentreX => X + (Width / 2);

    public float CentreY => Y + (Height / 2);

    public float Area => Width * Height;

    /// <summary>Intersection over union: 1 for equal boxes, 0 for boxes that do not overlap.</summary>
    public float IoU(Box other)
    {
        float width = Math.Min(Right, other.Right) - Math.Max(X, other.X);
        float height = Math.Min(Bottom, other.Bottom) - Math.Max(Y, other.Y);
        if (width <= 0 || height <= 0) return 0;
        float intersection = width * height;
        return intersection / (Area + other.Area - intersection);
    }
}

/// <summary>One object that a detector found.</summary>
/// <param name="Box">Where, in pixels of the original image.</param>
/// <param name="ClassId">Index into the model's labels.</param>
/// <param name="Confidence">0 to 1.</param>
public readonly record struct Detection(Box Box, int ClassId, float Confidence);

/// <summary>One answer of a classifier.</summary>
/// <param name="ClassId">Index into the model's labels.</param>
/// <param name="Confidence">Probability, 0 to 1.</param>
public readonly record struct ClassScore(int ClassId, float Confidence);

/// <summary>
/// Gives the values of one of a network's outputs after a run, in ONNX order. Kept by the caller for the network's life, so that reading
/// allocates nothing.
/// </summary>
public delegate ReadOnlySpan<float> OutputReader(int index);
