using System.Runtime.InteropServices;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization.Evaluation;
using EdgeCnn.Training.Data;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// Masks as PNG files: grey levels that are the numbers of the classes, or the colours of Pascal VOC's colour map
/// (<see cref="ClassColours"/>).
/// </summary>
internal static class MaskFile
{
    // RFC 2083, IHDR: bit depth and colour type follow width and height.
    private const int DepthAt = 24, ColourTypeAt = 25;

    private const byte GreyLevels = 0;

    /// <param name="path">A PNG.</param>
    /// <param name="classes">How many the model tells apart.</param>
    /// <exception cref="EdgeException">It cannot be read, is no such mask, or has a class that the model has not.</exception>
    public static ClassMask Read(string path, int classes)
    {
        using Frame frame = ImageFile.Read(path);
        byte[] file = File.ReadAllBytes(path);
        if (PictureHeader.Read(file)?.Format != "PNG") throw new EdgeException($"{path} is no PNG, and other formats do not keep classes.");
        bool levels = file[ColourTypeAt] == GreyLevels;
        if (levels && file[DepthAt] != 8) throw new EdgeException($"{path} has {file[DepthAt]} bits for a pixel; save the mask with 8.");
        byte[] mask = new byte[frame.Width * frame.Height];
        for (int y = 0; y < frame.Height; y++)
        {
            ReadOnlySpan<byte> row = frame.View.Row(y);
            for (int x = 0; x < frame.Width; x++)
            {
                (byte blue, byte green, byte red) = (row[3 * x], row[3 * x + 1], row[3 * x + 2]);
                byte id = levels ? blue : ClassColours.ClassOf(red, green, blue) ?? throw new EdgeException(
                    $"{path} has the colour {red}, {green}, {blue}, which is none of Pascal VOC's classes; "
                    + "save the mask as grey levels that are the classes' numbers.");
                if (id >= classes && id != SegmentationEvaluation.Ignored)
                    throw new EdgeException($"{path} has pixels of class {id}, and the model's classes end at {classes - 1}.");
                mask[y * frame.Width + x] = id;
            }
        }
        return new ClassMask(frame.Width, frame.Height, mask);
    }

    /// <summary>Writes grey levels: whole, or not at all.</summary>
    /// <exception cref="EdgeException">The file cannot be written.</exception>
    public static void Write(string path, ClassMask mask)
    {
        try
        {
            using Mat levels = new(mask.Height, mask.Width, MatType.CV_8UC1);
            for (int y = 0; y < mask.Height; y++) Marshal.Copy(mask.Classes, y * mask.Width, levels.Ptr(y), mask.Width);
            byte[] file = levels.ToBytes(".png");
            WholeFile.Write(path, stream => stream.Write(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or OpenCVException)
        {
            throw new EdgeException($"{path} cannot be written: {exception.Message}", exception);
        }
    }
}
