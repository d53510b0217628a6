using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>One file that a command line named, or that lies in a folder it named.</summary>
internal readonly record struct InputFile(string Path, bool IsVideo);

/// <summary>Turns the FILE... of a command line into the files that are to be read.</summary>
internal static class ImageFiles
{
    private static readonly string[] Videos =
        [".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".mjpeg", ".mjpg", ".wmv", ".flv"];

    /// <summary>
    /// Files as they were named, folders replaced by the images that lie directly in them, in the order of their names. What is not there,
    /// or holds no image, goes to <paramref name="complain"/> as one sentence.
    /// </summary>
    public static List<InputFile> Expand(IEnumerable<string> paths, Action<string> complain)
    {
        List<InputFile> files = [];
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                string[] images = InFolder(path);
                if (images.Length == 0)
                    complain($"The folder '{path}' holds no image ({string.Join(' ', ImageFile.Extensions)}); folders in it are not looked into.");
                files.AddRange(images.Select(image => new InputFile(image, IsVideo: false)));
            }
            else if (File.Exists(path))
                files.Add(new InputFile(path, Videos.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)));
            else
                complain($"There is no file or folder '{path}'.");
        }
        return files;
    }

    /// <summary>The images directly in a folder, in the order of their names (ordinal).</summary>
    /// <exception cref="EdgeException">The folder is not there or holds none.</exception>
    public static string[] RequireInFolder(string folder, int limit)
    {
        if (File.Exists(folder)) throw new EdgeException($"'{folder}' is a file; name the folder that the images lie in.");
        if (!Directory.Exists(folder)) throw new EdgeException($"There is no folder '{folder}'.");
        string[] images = InFolder(folder);
        if (images.Length == 0)
            throw new EdgeException(
                $"The folder '{folder}' holds no image ({string.Join(' ', ImageFile.Extensions)}); folders in it are not looked into.");
        return limit > 0 ? images[..Math.Min(limit, images.Length)] : images;
    }

    private static string[] InFolder(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(file => ImageFile.HasPictureExtension(file)).Order(StringComparer.Ordinal)];
}
