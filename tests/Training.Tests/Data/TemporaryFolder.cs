using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

/// <summary>A folder of its own for a test's files; pictures in it are read by <see cref="Decode"/>.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("edgecnn-data-").FullName;

    public string Write(string name, string text)
    {
        string path = Path.Join(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public string Write(string name, byte[] bytes)
    {
        string path = Write(name, "");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>
    /// A picture file of the test's own format: "width height level"; the format of pictures is no business of a data set.
    /// </summary>
    public string WritePicture(string name, int width = 8, int height = 4, byte level = 100) =>
        Write(name, FormattableString.Invariant($"{width} {height} {level}"));

    public static Picture Decode(string path)
    {
        string[] fields = File.ReadAllText(path).Split(' ');
        if (fields.Length != 3) throw new DataException($"{path} is a damaged picture: copy it again.");
        int[] numbers = [.. fields.Select(int.Parse)];
        Picture picture = new(numbers[0], numbers[1]);
        picture.Pixels.AsSpan().Fill((byte)numbers[2]);
        return picture;
    }

    /// <summary>A mask in the same format: all pixels have the class that is its level.</summary>
    public static ClassMask DecodeMask(string path, int classes)
    {
        Picture levels = Decode(path);
        byte id = levels.Pixels[0];
        if (id >= classes && id != byte.MaxValue) throw new DataException($"{path} has pixels of class {id}, and there are {classes}.");
        byte[] mask = new byte[levels.Width * levels.Height];
        mask.AsSpan().Fill(id);
        return new ClassMask(levels.Width, levels.Height, mask);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
