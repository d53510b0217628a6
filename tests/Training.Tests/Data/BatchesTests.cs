using System.Security.Cryptography;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

public class BatchesTests
{
    private static readonly NamedValue Input = new("images", ElementType.Float32, new Shape(4, 3, 24, 32));

    [Fact]
    public void An_epoch_has_the_same_bits_with_one_two_and_three_threads()
    {
        string[] digests = [.. new[] { 1, 2, 3 }.Select(threads => Digest(Make(threads: threads).Epoch(5)))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
    }

    [Fact]
    public void Epochs_and_seeds_differ()
    {
        Batches batches = Make();
        string first = Digest(batches.Epoch(0));
        Assert.NotEqual(first, Digest(batches.Epoch(1)));
        Assert.NotEqual(first, Digest(Make(seed: 2).Epoch(0)));
        Assert.Equal(first, Digest(batches.Epoch(0)));
    }

    [Fact]
    public void An_epoch_that_was_interrupted_goes_on_as_it_would_have()
    {
        Batches batches = Make();
        List<string> whole = [.. batches.Epoch(3).Select(Digest)];
        Assert.Equal(whole[2..], batches.Epoch(3, first: 2).Select(Digest));
    }

    [Fact]
    public void Reading_may_stop_anywhere_and_begin_anew()
    {
        Batches batches = Make(threads: 2);
        for (int length = 0; length <= batches.Count; length++) Assert.Equal(length, batches.Epoch(length).Take(length).Count());
        Assert.Equal(batches.Count, batches.Epoch(0).Count());
    }

    [Fact]
    public void Batches_are_drawn_over_those_before_them()
    {
        foreach (Augmentation? augmentation in (ReadOnlySpan<Augmentation?>)[null, Augmentation.Detect])
        {
            Batches batches = new(new NumberedPictures(10, 40, 30), augmentation, Preprocessing.Ultralytics, Input, 2, seed: 1);
            HashSet<Picture> pictures = new(ReferenceEqualityComparer.Instance);
            foreach (Batch batch in batches.Epoch(0).Concat(batches.Epoch(1)))
                pictures.UnionWith(batch.Examples.ToArray().Select(example => example.Picture));
            // Two batches of two, in turn.
            Assert.Equal(4, pictures.Count);
        }
    }

    [Fact]
    public void Every_example_is_seen_once_and_the_last_batch_is_filled_up_with_the_first_ones()
    {
        Batches batches = new(new NumberedPictures(10, 40, 30), null, Preprocessing.Ultralytics, Input, 4, seed: 1) { Shuffles = false };
        List<(int Fresh, string[] Pictures)> epoch =
            [.. batches.Epoch(0).Select(batch => (batch.Fresh, batch.Examples.ToArray().Select(Digest).ToArray()))];
        Assert.Equal([4, 4, 2], epoch.Select(batch => batch.Fresh));
        string[] all = [.. epoch.SelectMany(batch => batch.Pictures)];
        Assert.Equal(10, all.Distinct().Count());
        Assert.Equal(all[..2], all[10..]);
    }

    [Fact]
    public void The_network_is_fed_as_inference_feeds_it_and_boxes_move_along()
    {
        NumberedPictures data = new(1, 41, 29);
        Batches batches = new(data, null, Preprocessing.Ultralytics, Input, 1, seed: 1);
        NamedValue single = Input with { Shape = new Shape(1, 3, 24, 32) };
        Batch batch = batches.Epoch(0).Single();
        float[] fed = new float[3 * 24 * 32], expected = new float[3 * 24 * 32];
        batch.Fill(fed);
        Placement placement = new Preprocessor(Preprocessing.Ultralytics, single).Run(data.Load(0).Picture.View, expected);
        Assert.Equal(expected, fed);

        var box = batch.Examples[0].Boxes.Single();
        EdgeCnn.Models.Tasks.Box back = placement.ToImage(box.Left, box.Top, box.Right, box.Bottom);
        Assert.Equal((1, 1), (back.X, back.Y), new NearlyEqual());
        Assert.Equal((20.5f, 14.5f), (back.Right, back.Bottom), new NearlyEqual());
    }

    [Theory]
    [InlineData(ChannelOrder.Rgb)]
    [InlineData(ChannelOrder.Bgr)]
    public void The_picture_of_an_example_is_what_the_network_sees(ChannelOrder order)
    {
        NumberedPictures data = new(1, 32, 24);
        Preprocessing how = Preprocessing.ImageNet with { Channels = order, CropRatio = 1 };
        Example seen = new Batches(data, null, how, Input, 1, seed: 1).Epoch(0).Single().Examples[0];
        Assert.Equal(data.Load(0).Picture.Pixels, seen.Picture.Pixels);
    }

    [Fact]
    public void Pictures_that_cannot_be_read_are_named_and_replaced()
    {
        Batches batches = new(new NumberedPictures(12, 40, 30, 3, 7), Augmentation.Detect, Preprocessing.Ultralytics, Input, 4, seed: 1);
        Assert.Equal(3, batches.Epoch(0).Count());
        Assert.Equal(["number 3", "number 7"], batches.Skipped.Keys.Order());
    }

    [Fact]
    public void A_data_set_of_which_nothing_can_be_read_is_refused_and_does_not_hang()
    {
        Batches batches = new(new NumberedPictures(2, 8, 8, 0, 1), null, Preprocessing.Ultralytics, Input, 4, seed: 1) { Threads = 2 };
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => batches.Epoch(0).Count()).Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => batches.Epoch(1).Count());
    }

    [Fact]
    public void An_empty_data_set_is_refused() =>
        Assert.Throws<DataException>(() => new Batches(new NumberedPictures(0, 8, 8), null, Preprocessing.Ultralytics, Input, 4, seed: 1));

    private static Batches Make(int threads = 1, ulong seed = 1) =>
        new(new NumberedPictures(19, 40, 30), Augmentation.Detect with { Cutout = 0.5f }, Preprocessing.Ultralytics, Input, 4,
            seed)
        { Threads = threads };

    private static string Digest(IEnumerable<Batch> epoch) => string.Join('\n', epoch.Select(Digest));

    private static string Digest(Batch batch)
    {
        float[] values = new float[4 * 3 * 24 * 32];
        batch.Fill(values);
        return Convert.ToHexString(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values)))
            + string.Join(';', batch.Examples.ToArray().Select(Digest));
    }

    private static string Digest(Example example) =>
        Convert.ToHexString(SHA256.HashData(example.Picture.Pixels)) + string.Join(',', example.Boxes);

    private sealed class NearlyEqual : IEqualityComparer<(float X, float Y)>
    {
        public bool Equals((float X, float Y) a, (float X, float Y) b) => Math.Abs(a.X - b.X) < 0.01f && Math.Abs(a.Y - b.Y) < 0.01f;

        public int GetHashCode((float X, float Y) value) => 0;
    }
}
