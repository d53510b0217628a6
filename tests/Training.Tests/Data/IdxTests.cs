using System.Buffers.Binary;
using System.IO.Compression;
using EdgeCnn.Tests;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

public sealed class IdxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pictures_and_their_classes_are_read_plain_and_gzipped(bool gzipped)
    {
        string ending = gzipped ? ".gz" : "";
        _folder.Write("train-images-idx3-ubyte" + ending, Pack(gzipped, File(3, [2, 2, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)));
        _folder.Write("train-labels-idx1-ubyte" + ending, Pack(gzipped, File(1, [2], 7, 3)));
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Example second = opened.Training.Load(1);
        Assert.Equal((3, 2, 3), (second.ClassId, second.Picture.Height, second.Picture.Width));
        Assert.Equal([7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 12], second.Picture.Pixels);
        Assert.Equal(10, opened.Training.Labels.Count);
        Assert.Null(opened.Validation);
    }

    [Fact]
    public void Files_called_t10k_measure_where_there_are_others_to_learn_from()
    {
        foreach ((string name, byte label) in new[] { ("train", (byte)1), ("t10k", (byte)2) })
        {
            _folder.Write(name + "-images-idx3-ubyte", File(3, [1, 1, 1], 5));
            _folder.Write(name + "-labels-idx1-ubyte", File(1, [1], label));
        }
        OpenedData opened = Datasets.Open(_folder.Root, TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal((1, 2), (opened.Training.ClassOf(0), opened.Validation!.ClassOf(0)));
    }

    [Fact]
    public void Broken_files_are_refused_with_the_reason()
    {
        Refused("ends too early", File(3, [2, 2, 3], 1, 2)[..10]);
        Refused("ends too early", File(3, [2, 2, 3], 1, 2));
        Refused("too short", File(3, [20, 20, 3], 1, 2));
        Refused("more than the 1 bytes", File(1, [1], 1, 2));
        Refused("more than 1024 MiB", File(3, [int.MaxValue, int.MaxValue, 3]));
        Refused("says that it holds -1", File(1, [-1]));
        Refused("no IDX file", [1, 2, 3, 4, 5]);
        Refused("type 0x0D", [0, 0, 0x0D, 1, 0, 0, 0, 0]);
        Refused("no IDX file", [0, 0, 8, 9, 0, 0, 0, 0]);
        Refused("ends too early", []);
        Refused("too short", Pack(gzipped: true, File(3, [1 << 10, 1 << 10, 1 << 9])));
        byte[] damaged = Pack(gzipped: true, File(1, [4000], new byte[4000]));
        // A block of type 3, which deflate does not have (RFC 1951, 3.2.3).
        damaged[10] = 0x07;
        Refused("damaged", damaged);
        Refused("ends too early", Pack(gzipped: true, File(1, [400], [.. Enumerable.Range(0, 400).Select(i => (byte)(i * i))]))[..100]);
    }

    [Fact]
    public void Pictures_and_labels_that_do_not_belong_together_are_refused()
    {
        string pictures = _folder.Write("a-images-idx3-ubyte", File(3, [2, 1, 1], 1, 2)), labels = _folder.Write(
            "a-labels-idx1-ubyte", File(1, [1], 0));
        Assert.Contains(
            "belong together", Assert.Throws<DataException>(() => new IdxDataset(pictures, labels)).Message, StringComparison.Ordinal);
        Assert.Contains("three", Assert.Throws<DataException>(() => new IdxDataset(labels, labels)).Message, StringComparison.Ordinal);
    }

    [SharedDataFact("mnist")]
    public void Mnist_is_read_and_split_with_every_digit_in_its_share()
    {
        OpenedData mnist = Datasets.Open(Repository.Data("mnist"), TemporaryFolder.Decode, TemporaryFolder.DecodeMask);
        Assert.Equal((10_000, 7), (mnist.Training.Count, mnist.Training.Load(0).ClassId));
        (Subset training, Subset validation) = Subset.Split(mnist.Training, 0.2, seed: 1);
        Assert.Equal((8_000, 2_000), (training.Count, validation.Count));
        Assert.Empty(training.Indices.Intersect(validation.Indices));
        for (int digit = 0; digit < 10; digit++)
        {
            int all = Count(mnist.Training), kept = Count(validation);
            Assert.InRange(kept, (all / 5) - 1, (all / 5) + 1);

            int Count(IDataset data) => Enumerable.Range(0, data.Count).Count(i => data.ClassOf(i) == digit);
        }
    }

    private void Refused(string why, byte[] file)
    {
        DataException refusal = Assert.Throws<DataException>(() => IdxFile.Read(_folder.Write("file", file)));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    private static byte[] File(byte axes, int[] extents, params byte[] values)
    {
        byte[] header = new byte[4 + (4 * extents.Length)];
        (header[2], header[3]) = (8, axes);
        for (int i = 0; i < extents.Length; i++) BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + (4 * i)), extents[i]);
        return [.. header, .. values];
    }

    private static byte[] Pack(bool gzipped, byte[] file)
    {
        if (!gzipped) return file;
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Fastest)) stream.Write(file);
        return packed.ToArray();
    }
}
