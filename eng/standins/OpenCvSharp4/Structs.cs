namespace OpenCvSharp;

/// <summary>A pixel's place.</summary>
public record struct Point(int X, int Y)
{
    /// <summary>Fractions are cut off, as a C++ cast does.</summary>
    public Point(double x, double y)
        : this((int)x, (int)y)
    {
    }
}

/// <summary>A size in pixels.</summary>
public record struct Size(int Width, int Height)
{
    /// <summary>Fractions are cut off, as a C++ cast does.</summary>
    public Size(double width, double height)
        : this((int)width, (int)height)
    {
    }
}

/// <summary>A rectangle of pixels; its right and bottom edges lie outside.</summary>
public record struct Rect(int X, int Y, int Width, int Height)
{
    public Rect(Point location, Size size)
        : this(location.X, location.Y, size.Width, size.Height)
    {
    }

    public readonly int Left => X;

    public readonly int Top => Y;

    public readonly int Right => X + Width;

    public readonly int Bottom => Y + Height;

    public readonly Point Location => new(X, Y);

    public readonly Size Size => new(Width, Height);

    public readonly Point TopLeft => new(X, Y);

    public readonly Point BottomRight => new(Right, Bottom);

    public static Rect FromLTRB(int left, int top, int right, int bottom) => new(left, top, right - left, bottom - top);

    public readonly bool Contains(Point point) => point.X >= X && point.Y >= Y && point.X < Right && point.Y < Bottom;
}

/// <summary>Up to four values of a pixel, in the order of its channels: blue, green, red, alpha.</summary>
public record struct Scalar(double Val0, double Val1, double Val2, double Val3)
{
    public static readonly Scalar Black = new(0, 0, 0);
    public static readonly Scalar White = new(255, 255, 255);
    public static readonly Scalar Gray = new(128, 128, 128);
    public static readonly Scalar Red = new(0, 0, 255);
    public static readonly Scalar Lime = new(0, 255, 0);
    public static readonly Scalar Green = new(0, 128, 0);
    public static readonly Scalar Blue = new(255, 0, 0);
    public static readonly Scalar Yellow = new(0, 255, 255);
    public static readonly Scalar Cyan = new(255, 255, 0);
    public static readonly Scalar Magenta = new(255, 0, 255);
    public static readonly Scalar Orange = new(0, 165, 255);

    public Scalar(double v0)
        : this(v0, 0, 0, 0)
    {
    }

    public Scalar(double v0, double v1)
        : this(v0, v1, 0, 0)
    {
    }

    public Scalar(double v0, double v1, double v2)
        : this(v0, v1, v2, 0)
    {
    }

    public static Scalar All(double v) => new(v, v, v, v);

    public static Scalar FromRgb(int r, int g, int b) => new(b, g, r);

    public static implicit operator Scalar(double value) => new(value);
}

/// <summary>A pixel of three bytes.</summary>
public record struct Vec3b(byte Item0, byte Item1, byte Item2);

/// <summary>A pixel of four bytes.</summary>
public record struct Vec4b(byte Item0, byte Item1, byte Item2, byte Item3);

/// <summary>A video format's four characters.</summary>
public readonly record struct FourCC(int Value)
{
    public static readonly int MJPG = FromString("MJPG");
    public static readonly int MP4V = FromString("MP4V");
    public static readonly int XVID = FromString("XVID");
    public static readonly int X264 = FromString("X264");

    public static FourCC FromFourChars(char c1, char c2, char c3, char c4) => new(VideoWriter.FourCC(c1, c2, c3, c4));

    public static FourCC FromString(string code)
    {
        ArgumentException.ThrowIfNullOrEmpty(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code.Length, 4);
        string padded = code.PadRight(4);
        return FromFourChars(padded[0], padded[1], padded[2], padded[3]);
    }

    public static implicit operator int(FourCC fourcc) => fourcc.Value;

    public static implicit operator FourCC(int code) => new(code);
}

/// <summary>One setting of an image encoder.</summary>
public readonly record struct ImageEncodingParam(ImwriteFlags EncodingId, int Value);
