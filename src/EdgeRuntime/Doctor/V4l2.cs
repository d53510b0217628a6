using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Doctor;

/// <param name="Name">Four characters: "MJPG"; and "-BE" where the driver says that its numbers are big-endian.</param>
/// <param name="Width">Of the largest size.</param>
/// <param name="Height">Likewise.</param>
/// <param name="Fps">The highest rate at that size; 0 when the driver does not tell.</param>
internal sealed record CameraFormat(string Name, int Width, int Height, double Fps)
{
    /// <summary>Megabytes per second of uncompressed pictures; 0 for compressed ones.</summary>
    public double MegabytesPerSecond => Name switch
    {
        "YUYV" or "UYVY" or "YVYU" or "RGBP" => 2.0 * Width * Height * Fps / 1e6,
        "NV12" or "YU12" or "YV12" => 1.5 * Width * Height * Fps / 1e6,
        "RGB3" or "BGR3" => 3.0 * Width * Height * Fps / 1e6,
        _ => 0,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name} up to {Width}x{Height}{(Fps > 0 ? $" at {Math.Round(Fps, 1).ToString(CultureInfo.InvariantCulture)}" : "")}");
}

/// <summary>
/// What a V4L2 driver says of a camera (VIDIOC_QUERYCAP, ENUM_FMT, ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS of linux/videodev2.h).
/// </summary>
/// <param name="Card">The camera's name.</param>
/// <param name="Bus">Where it is plugged in: "usb-0000:00:14.0-1".</param>
/// <param name="Formats">None where the device captures no pictures.</param>
internal sealed unsafe record V4l2(string Card, string Bus, IReadOnlyList<CameraFormat> Formats)
{
    private const nuint QueryCapabilities =
        0x80685600, EnumerateFormats = 0xC0405602, EnumerateSizes = 0xC02C564A, EnumerateIntervals = 0xC034564B;
    private const uint VideoCapture = 0x1, VideoCapturePlanes = 0x1000, HasDeviceCapabilities = 0x80000000;

    /// <summary>A driver that never says "no more" is not listened to for ever.</summary>
    private const int MostEntries = 64;

    /// <summary>Asks the driver; null when the device cannot be opened or is no V4L2 device.</summary>
    public static V4l2? Query(string device)
    {
        using SafeFileHandle file = Libc.Open(device);
        Span<byte> answer = stackalloc byte[104];
        if (file.IsInvalid || !Ask(file, QueryCapabilities, answer)) return null;
        uint capabilities = U32(answer, 84);
        if ((capabilities & HasDeviceCapabilities) != 0) capabilities = U32(answer, 88);
        List<CameraFormat> formats = [];
        if ((capabilities & VideoCapture) != 0) AddFormats(file, type: 1, formats);
        else if ((capabilities & VideoCapturePlanes) != 0) AddFormats(file, type: 9, formats);
        return new V4l2(Text(answer.Slice(16, 32)), Text(answer.Slice(48, 32)), formats);
    }

    private static void AddFormats(SafeFileHandle file, uint type, List<CameraFormat> formats)
    {
        Span<byte> answer = stackalloc byte[64];
        for (uint i = 0; i < MostEntries; i++)
        {
            answer.Clear();
            Put(answer, 0, i);
            Put(answer, 4, type);
            if (!Ask(file, EnumerateFormats, answer)) return;
            uint format = U32(answer, 44);
            (int width, int height) = LargestSize(file, format);
            formats.Add(new CameraFormat(FormatName(format), width, height, HighestRate(file, format, width, height)));
        }
    }

    private static (int Width, int Height) LargestSize(SafeFileHandle file, uint format)
    {
        const uint Discrete = 1;
        (int Width, int Height) largest = (0, 0);
        Span<byte> answer = stackalloc byte[44];
        for (uint i = 0; i < MostEntries; i++)
        {
            answer.Clear();
            Put(answer, 0, i);
            Put(answer, 4, format);
            if (!Ask(file, EnumerateSizes, answer)) break;
            // Discrete: width, height. Else: least and most width and step, least and most height and step.
            bool discrete = U32(answer, 8) == Discrete;
            var size = ((int)U32(answer, discrete ? 12 : 16), (int)U32(answer, discrete ? 16 : 28));
            if ((long)size.Item1 * size.Item2 > (long)largest.Width * largest.Height) largest = size;
            if (!discrete) break;
        }
        return largest;
    }

    private static double HighestRate(SafeFileHandle file, uint format, int width, int height)
    {
        const uint Discrete = 1;
        double highest = 0;
        Span<byte> answer = stackalloc byte[52];
        for (uint i = 0; i < MostEntries; i++)
        {
            answer.Clear();
            Put(answer, 0, i);
            Put(answer, 4, format);
            Put(answer, 8, (uint)width);
            Put(answer, 12, (uint)height);
            if (!Ask(file, EnumerateIntervals, answer)) break;
            // An interval is a fraction of seconds; the first of a range is the shortest.
            if (U32(answer, 20) is > 0 and uint numerator) highest = Math.Max(highest, (double)U32(answer, 24) / numerator);
            if (U32(answer, 16) != Discrete) break;
        }
        return highest;
    }

    /// <summary>v4l2_fourcc and v4l2_fourcc_be, whose mark is the highest bit.</summary>
    internal static string FormatName(uint format)
    {
        Span<byte> letters = stackalloc byte[4];
        Put(letters, 0, format & 0x7FFFFFFF);
        return Text(letters) + (format > 0x7FFFFFFF ? "-BE" : "");
    }

    private static bool Ask(SafeFileHandle file, nuint request, Span<byte> question)
    {
        fixed (byte* bytes = question) return Libc.Control(file, request, bytes) >= 0;
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Put(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
    }
}
