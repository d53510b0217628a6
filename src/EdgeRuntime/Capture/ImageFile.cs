using System.Globalization;
using EdgeCnn.Models;
using EdgeCnn.Training.Data;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Pictures in files and in memory: JPEG, PNG, BMP, WebP and PNM.</summary>
public static class ImageFile
{
    /// <summary>
    /// Larger pictures are refused before they are decoded: three bytes for each of so many pixels are all that one may take.
    /// </summary>
    public const long MaxPixels = 100_000_000;

    private const long MaxBytes = 512L << 20;

    static ImageFile() => OpenCv.Load();

    /// <summary>The endings of files that are taken for pictures: ".jpg" and so on.</summary>
    public static IReadOnlyList<string> Extensions => Datasets.PictureExtensions;

    public static bool HasPictureExtension(string path) => Datasets.IsPicture(path);

    /// <summary>Reads a picture, upright if it says how it was held; the frame is the caller's.</summary>
    /// <exception cref="EdgeException">It is missing, forbidden, cut off, too large, or no picture.</exception>
    public static Frame Read(string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new EdgeException($"{path} is a folder, not a picture.");
            if (!File.Exists(path)) throw new EdgeException($"There is no file {path}.");
            if (new FileInfo(path).Length > MaxBytes)
                throw new EdgeException($"{path} is larger than {MaxBytes >> 20} MiB: reduce it first.");
            return Decode(File.ReadAllBytes(path), path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new EdgeException($"{path} may not be read by this user.");
        }
        catch (IOException exception)
        {
            throw new EdgeException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Decodes a picture; <paramref name="name"/> stands for it in errors.</summary>
    /// <exception cref="EdgeException">It is cut off, too large, or no picture.</exception>
    public static Frame Decode(byte[] file, string name)
    {
        if (file.Length == 0) throw new EdgeException($"{name} is empty: copy it again.");
        if (PictureHeader.Read(file) is not { } header)
            throw new EdgeException($"{name} is no JPEG, PNG, BMP, WebP or PNM picture, or it is damaged: convert it to one of these.");
        if (header.Width * header.Height > MaxPixels)
        {
            throw new EdgeException(string.Create(CultureInfo.InvariantCulture,
                $"{name} claims {header.Width}x{header.Height} pixels, more than {MaxPixels / 1_000_000} million: reduce it first."));
        }
        if (header.CutOff) throw new EdgeException($"{name} is a {header.Format} that ends too early: copy it again.");
        Mat? picture = null;
        try
        {
            picture = Cv2.ImDecode(file, ImreadModes.Color);
            if (!picture.Empty()) return new Frame(picture);
        }
        catch (OpenCVException)
        {
            // Said below: it means no more than an empty picture does.
        }
        picture?.Dispose();
        throw new EdgeException($"{name} is a damaged {header.Format}: copy it again.");
    }

    /// <summary>The frame as a JPEG of the given quality (1 to 100).</summary>
    public static byte[] EncodeJpeg(Frame frame, int quality = 90)
    {
        Cv2.ImEncode(".jpg", frame.Mat, out byte[] file, new ImageEncodingParam(ImwriteFlags.JpegQuality, quality));
        return file;
    }

    /// <summary>Writes the frame in the format that the path's ending names: whole, or not at all.</summary>
    /// <exception cref="EdgeException">The ending names no format, or the file cannot be written.</exception>
    public static void Write(string path, Frame frame)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (!Extensions.Contains(extension))
            throw new EdgeException($"{path} has none of the endings of pictures: {string.Join(", ", Extensions)}.");
        try
        {
            byte[] file = extension is ".jpg" or ".jpeg" ? EncodeJpeg(frame) : frame.Mat.ToBytes(extension);
            WholeFile.Write(path, stream => stream.Write(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or OpenCVException)
        {
            throw new EdgeException($"{path} cannot be written: {exception.Message}", exception);
        }
    }
}
