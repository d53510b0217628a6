using EdgeCnn.Training.Checkpoints;

namespace EdgeCnn.Training.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_written_is_read_back_to_the_bit()
    {
        Checkpoint written = Write("a.checkpoint");
        Checkpoint read = Checkpoint.Read(InFolder("a.checkpoint"));
        Assert.Equal(written.Settings, read.Settings);
        Assert.Equal(written.Position with { PartSums = read.Position.PartSums }, read.Position);
        Assert.Equal(written.Position.PartSums, read.Position.PartSums);
        Assert.Equal(written.History[0] with { Parts = read.History[0].Parts }, read.History[0]);
        Assert.Equal(written.Arrays.Select(array => array.Name), read.Arrays.Select(array => array.Name));
        Assert.All(written.Arrays.Zip(read.Arrays), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void A_checkpoint_takes_the_place_of_an_older_one_and_leaves_nothing_beside_it()
    {
        Write("a.checkpoint");
        Write("a.checkpoint");
        Assert.Equal([InFolder("a.checkpoint")], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Every_byte_that_changes_and_every_byte_that_is_lost_is_noticed()
    {
        Write("a.checkpoint");
        byte[] whole = File.ReadAllBytes(InFolder("a.checkpoint"));
        string path = InFolder("b.checkpoint");
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] broken = [.. whole];
            broken[i] ^= 0x10;
            File.WriteAllBytes(path, broken);
            Refused(path, $"byte {i} changed");
            File.WriteAllBytes(path, whole[..i]);
            Refused(path, $"cut to {i} bytes");
        }
        File.WriteAllBytes(path, [.. whole, 0]);
        Refused(path, "a byte too many");
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1L << 40)]
    public void A_header_that_claims_more_than_the_file_holds_takes_no_memory(long length)
    {
        Write("a.checkpoint");
        byte[] file = File.ReadAllBytes(InFolder("a.checkpoint"));
        BitConverter.TryWriteBytes(file.AsSpan(8), length);
        File.WriteAllBytes(InFolder("a.checkpoint"), file);
        Refused(InFolder("a.checkpoint"), $"length {length}");
    }

    [Fact]
    public void What_is_not_there_and_what_is_no_checkpoint_is_said()
    {
        Assert.Equal(
            $"There is no checkpoint '{InFolder("none")}'.",
            Assert.Throws<TrainingException>(() => Checkpoint.Read(InFolder("none"))).Message);
        Assert.Contains("is a folder", Assert.Throws<TrainingException>(() => Checkpoint.Read(_folder)).Message, StringComparison.Ordinal);
        File.WriteAllText(InFolder("text"), new string('x', 100));
        Assert.Equal(
            $"'{InFolder("text")}' is no checkpoint of this version of the program.",
            Assert.Throws<TrainingException>(() => Checkpoint.Read(InFolder("text"))).Message);
    }

    private static void Refused(string path, string how)
    {
        TrainingException exception = Assert.ThrowsAny<TrainingException>(() => Checkpoint.Read(path));
        Assert.True(exception.Message.Contains(path, StringComparison.Ordinal), $"{how}: {exception.Message}");
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private Checkpoint Write(string name)
    {
        EpochResult epoch = new(
            1, 31, 0.1, 1.0 / 3, new Dictionary<string, double> { ["box"] = 0.25 }, null, "top-1", 0.5, Best: true, Seconds: 1.5);
        Checkpoint checkpoint = new(
            new Dictionary<string, string> { ["batch"] = "8", ["seed"] = "1" },
            new RunPosition(1, 3, 34, Math.PI, new Dictionary<string, double> { ["box"] = 1e-300 }, 0.1),
            [epoch],
            [new("value/a", [1, float.Epsilon, -0f]), new("empty", []), new("state", [float.MaxValue, 1 / 3f])]);
        checkpoint.Write(InFolder(name));
        return checkpoint;
    }
}
