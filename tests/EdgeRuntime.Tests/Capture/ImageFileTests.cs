using System.Buffers.Binary;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Tests;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

public sealed class ImageFileTests
{
    private readonly string _folder = Films.TemporaryFolder();

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".bmp")]
    [InlineData(".webp")]
    [InlineData(".ppm")]
    public void A_picture_that_was_written_is_read_again_at_its_size(string extension)
    {
        string path = Films.Picture(_folder, $"picture{extension}", 100, width: 37, height: 23);
        PictureHeader? header = PictureHeader.Read(File.ReadAllBytes(path));
        Assert.Equal((37L, 23L, false), (header!.Value.Width, header.Value.Height, header.Value.CutOff));
        using Frame frame = ImageFile.Read(path);
        Assert.Equal((37, 23), (frame.Width, frame.Height));
        Assert.InRange(Films.Grey(frame), 97, 103);
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".bmp")]
    [InlineData(".webp")]
    [InlineData(".ppm")]
    public void A_picture_that_is_cut_off_anywhere_is_refused_in_one_sentence(string extension)
    {
        string path = Path.Combine(_folder, $"noise{extension}");
        WriteNoise(path);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length - 1; length += Math.Max(1, whole.Length / 25))
        {
            byte[] cut = whole[..length];
            EdgeException refused = Assert.Throws<EdgeException>(() => ImageFile.Decode(cut, "cut").Dispose());
            Assert.True(
                refused.Message.StartsWith("cut ", StringComparison.Ordinal), $"{length} of {whole.Length} bytes: {refused.Message}");
        }
    }

    [Theory]
    [InlineData(".jpg")]
    [InlineData(".png")]
    [InlineData(".bmp")]
    [InlineData(".webp")]
    [InlineData(".ppm")]
    public void Damaged_pictures_are_read_or_refused_but_break_nothing(string extension)
    {
        string path = Path.Combine(_folder, $"noise{extension}");
        WriteNoise(path);
        byte[] whole = File.ReadAllBytes(path);
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            byte[] damaged = [.. whole];
            for (int i = 0; i < 1 + (seed % 20); i++)
                damaged[random.Next(seed % 2 == 0 ? Math.Min(64, damaged.Length) : damaged.Length)] = (byte)random.Next(256);
            try
            {
                ImageFile.Decode(damaged, "damaged").Dispose();
            }
            catch (EdgeException)
            {
                // Refused, as it may be.
            }
        }
    }

    [Fact]
    public void A_picture_that_claims_gigapixels_is_refused_before_it_is_decoded()
    {
        byte[] bomb = File.ReadAllBytes(Films.Picture(_folder, "bomb.png", 0));
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(16), 60_000);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(20), 60_000);
        Assert.Equal("bomb.png claims 60000x60000 pixels, more than 100 million: reduce it first.",
            Assert.Throws<EdgeException>(() => ImageFile.Decode(bomb, "bomb.png")).Message);
    }

    [Fact]
    public void What_is_missing_a_folder_empty_or_no_picture_is_refused_in_one_sentence()
    {
        string empty = Path.Combine(_folder, "empty.png");
        File.WriteAllText(empty, "");
        string text = Path.Combine(_folder, "text.png");
        File.WriteAllText(text, "words");
        Assert.Equal($"There is no file {_folder}/none.png.", Refusal($"{_folder}/none.png"));
        Assert.Equal($"{_folder} is a folder, not a picture.", Refusal(_folder));
        Assert.Equal($"{empty} is empty: copy it again.", Refusal(empty));
        Assert.Equal($"{text} is no JPEG, PNG, BMP, WebP or PNM picture, or it is damaged: convert it to one of these.", Refusal(text));
    }

    [Fact]
    public void A_picture_that_cannot_be_written_leaves_nothing_behind()
    {
        using var frame = new Frame(new Mat(4, 4, MatType.CV_8UC3, Scalar.All(0)));
        Assert.Contains("cannot be written", Assert.Throws<EdgeException>(() => ImageFile.Write($"{_folder}/nowhere/x.png", frame)).Message,
            StringComparison.Ordinal);
        Assert.Contains("has none of the endings", Assert.Throws<EdgeException>(() => ImageFile.Write($"{_folder}/x.xyz", frame)).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [SharedDataFact("coco128/images")]
    public void Every_picture_of_a_real_data_set_is_read_at_the_size_its_header_says()
    {
        string[] paths = PicturesCamera.Find(Repository.Data("coco128/images"));
        Assert.InRange(paths.Length, 100, 128);
        foreach (string path in paths)
        {
            using Frame frame = ImageFile.Read(path);
            PictureHeader? header = PictureHeader.Read(File.ReadAllBytes(path));
            Assert.True((header!.Value.Width, header.Value.Height) == (frame.Width, frame.Height), path);
        }
    }

    private static string Refusal(string path) => Assert.Throws<EdgeException>(() => ImageFile.Read(path)).Message;

    private static void WriteNoise(string path)
    {
        using var frame = new Frame(new Mat(40, 60, MatType.CV_8UC3));
        var random = new Random(3);
        for (int y = 0; y < 40; y++)
        {
            for (int x = 0; x < 60; x++)
                frame.Mat.Set(y, x, new Vec3b((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        }
        ImageFile.Write(path, frame);
    }
}
