namespace EdgeCnn.Training.Scenes;

/// <summary>
/// Where the camera is, where it looks, and how wide. Coordinates on the picture are counted from its middle in widths of the picture.
/// </summary>
/// <param name="Eye">The camera.</param>
/// <param name="Right">Along the rows of the picture.</param>
/// <param name="Down">Along its columns.</param>
/// <param name="Forward">Into it.</param>
/// <param name="Focal">Focal length in widths of the picture.</param>
/// <param name="Barrel">How much further the lens sees at its edges than a pinhole would: 1 + Barrel r^2 with r in focal lengths.</param>
internal readonly record struct View(Vector Eye, Vector Right, Vector Down, Vector Forward, float Focal, float Barrel)
{
    /// <summary>Angles in radians: yaw to the left, pitch downwards, roll clockwise.</summary>
    public static View Of(Vector eye, float yaw, float pitch, float roll, float focal, float barrel)
    {
        (float sinYaw, float cosYaw) = Angle.SinCos(yaw);
        (float sinPitch, float cosPitch) = Angle.SinCos(pitch);
        (float sinRoll, float cosRoll) = Angle.SinCos(roll);
        Vector forward = new(-sinYaw * cosPitch, cosYaw * cosPitch, -sinPitch);
        Vector right = new(cosYaw, sinYaw, 0), down = forward.Cross(right);
        return new(eye, (right * cosRoll) + (down * sinRoll), (down * cosRoll) - (right * sinRoll), forward, focal, barrel);
    }

    /// <summary>The ray through a point of the picture; its length along <see cref="Forward"/> is 1.</summary>
    public Vector Ray(float x, float y)
    {
        (float rx, float ry) = Bend(x, y);
        return Forward + (Right * rx) + (Down * ry);
    }

    /// <summary>A point of the picture as the slopes of its ray.</summary>
    public (float X, float Y) Bend(float x, float y)
    {
        (x, y) = (x / Focal, y / Focal);
        float factor = 1 + (Barrel * ((x * x) + (y * y)));
        return (x * factor, y * factor);
    }

    /// <summary>Where a point of the world lies in the picture; null behind the camera.</summary>
    public (float X, float Y, float Depth)? Project(Vector point)
    {
        Vector to = point - Eye;
        float depth = to.Dot(Forward);
        if (depth < 0.01f) return null;
        float x = to.Dot(Right) / depth, y = to.Dot(Down) / depth;
        // Far outside, the bend is of no interest and its inverse would not settle.
        if (Barrel == 0 || (x * x) + (y * y) > 9) return (x * Focal, y * Focal, depth);
        (float bentX, float bentY) = (x, y);
        for (int i = 0; i < 6; i++)
        {
            float factor = 1 + (Barrel * ((bentX * bentX) + (bentY * bentY)));
            (bentX, bentY) = (x / factor, y / factor);
        }
        return (bentX * Focal, bentY * Focal, depth);
    }
}
