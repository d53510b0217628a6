using EdgeCnn.Models;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.Quantization.Tests.Evaluation;

public sealed class ClassFoldersTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("edgecnn-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Folders_are_matched_by_name_or_number_and_the_first_of_each_class_come_first()
    {
        Put("Cat/b.png", "Cat/a.png", "Cat/notes.txt", "2/z.png", "2/y.png", "2/x.png", "horse/h.png", "3/h.png");

        ClassFolders folders = ClassFolders.Load(_root, ["dog", "cat", "cow"], IsPicture);

        Assert.Equal(
            ["2/x.png 2", "Cat/a.png 1", "2/y.png 2", "Cat/b.png 1", "2/z.png 2"],
            folders.Images.Select(image => $"{Path.GetRelativePath(_root, image.Path)} {image.ClassId}"));
        Assert.Equal(["3", "horse"], folders.Unknown);
    }

    [Fact]
    public void A_name_goes_before_a_number()
    {
        Put("1/a.png");
        Assert.Equal(0, Assert.Single(ClassFolders.Load(_root, ["1", "0"], IsPicture).Images).ClassId);
    }

    [Fact]
    public void A_folder_without_any_class_is_refused()
    {
        Put("horse/a.png", "dog/notes.txt", "b.png");
        string message = Assert.Throws<ModelException>(() => ClassFolders.Load(_root, ["dog", "cat"], IsPicture)).Message;
        Assert.Contains("folders named after the model's classes (dog, cat ...)", message, StringComparison.Ordinal);
        Assert.Contains("There is no folder",
            Assert.Throws<ModelException>(() => ClassFolders.Load("/no/such", ["dog"], IsPicture)).Message, StringComparison.Ordinal);
    }

    private static bool IsPicture(string path) => path.EndsWith(".png", StringComparison.Ordinal);

    private void Put(params string[] files)
    {
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, file))!);
            File.WriteAllBytes(Path.Combine(_root, file), []);
        }
    }
}
