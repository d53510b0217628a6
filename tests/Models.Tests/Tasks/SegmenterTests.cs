using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

public sealed class SegmenterTests
{
    [Fact]
    public void Each_pixel_has_the_class_of_the_largest_score_and_the_first_of_equal_ones()
    {
        float[] map =
        [
            0, 5, 1, 2,
            3, 1, 1, 2,
            2, 9, 1, 1,
        ];

        Assert.Equal([1, 2, 0, 0], Decode(map, new Shape(1, 3, 1, 4), width: 4, height: 1));
    }

    /// <summary>
    /// Scores of 0 and 1 side by side, stretched four times: the border lies in the middle, and the outer halves are clamped.
    /// </summary>
    [Fact]
    public void A_coarse_map_is_stretched_before_the_best_class_is_taken()
    {
        float[] map = [1, 0, 0, 1];

        Assert.Equal(
            [0, 0, 0, 0, 1, 1, 1, 1],
            Decode(map, new Shape(1, 2, 1, 2), width: 8, height: 1, inputWidth: 8, inputHeight: 1));
        // Class 1 wins by little on the left: the border moves to where the lines cross, a third of the way.
        Assert.Equal(
            [0, 0, 0, 1, 1, 1, 1, 1],
            Decode([1, 0, 0, 2], new Shape(1, 2, 1, 2), width: 8, height: 1, inputWidth: 8, inputHeight: 1));
    }

    [Fact]
    public void What_the_letterbox_added_is_cut_off_again()
    {
        // A picture of 8x4 in an input of 8x8: two rows of border above, two below.
        byte[] rows = [3, 3, 0, 1, 2, 0, 3, 3];
        float[] map = new float[4 * 8 * 8];
        for (int i = 0; i < 64; i++) map[rows[i / 8] * 64 + i] = 1;

        byte[] mask = Decode(map, new Shape(1, 4, 8, 8), width: 8, height: 4, inputWidth: 8, inputHeight: 8);

        Assert.Equal([0, 1, 2, 0], mask.Where((_, i) => i % 8 == 0));
    }

    [Theory]
    [InlineData(null, -0.5f, 0.5f, 0.4f)]
    [InlineData(Activation.None, 0.4f, 0.6f, 0.9f)]
    public void A_single_channel_tells_the_object_from_the_rest(Activation? scores, float no, float yes, float also)
    {
        ModelCard? card = scores is null ? null : new ModelCard { Head = new HeadCard { Scores = scores } };

        ModelTask task = Task(new Shape(1, 1, 2, 3), 3, 2, card);

        Assert.Equal(["background", "object"], task.Labels);
        Assert.Equal([0, 1, 1, 0, 0, 1], Decode([no, yes, also, no, no, also], task, 3, 2));
    }

    [Fact]
    public void A_map_of_the_inputs_size_is_taken_for_a_segmenter_and_21_classes_for_Pascal_VOC()
    {
        ModelTask task = Task(new Shape(1, 21, 32, 48), 48, 32);

        Assert.Equal((TaskKind.Segment, "person"), (task.Kind, task.Labels[15]));
        Assert.Contains(task.Assumptions, sentence => sentence.Contains("ImageNet", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1x116x8400", "no map of classes")]
    [InlineData("1x256x32x48", "255 are the most")]
    public void What_is_no_map_of_classes_is_refused(string output, string part)
    {
        Shape shape = new([.. output.Split('x').Select(int.Parse)]);
        ModelException refusal = Assert.Throws<ModelException>(() => Task(shape, 48, 32, new ModelCard { Task = "segment" }));
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decoding_allocates_nothing_once_a_picture_of_the_size_was_seen()
    {
        ModelTask task = Task(new Shape(1, 5, 24, 32), 32, 24);
        Segmenter segmenter = new(task);
        float[] input = new float[3 * 24 * 32], map = new float[5 * 24 * 32];
        byte[] picture = new byte[3 * 50 * 40], mask = new byte[50 * 40];
        OutputReader outputs = _ => map;
        void Once()
        {
            segmenter.Prepare(new ImageView(picture, 50, 40, 150), input);
            segmenter.Decode(outputs, mask);
        }
        Once();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Once();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Every_class_has_a_colour_of_its_own_and_is_found_by_it()
    {
        for (int id = 0; id < 256; id++)
        {
            (byte red, byte green, byte blue) = ClassColours.Of((byte)id);
            Assert.Equal((byte)id, ClassColours.ClassOf(red, green, blue));
        }
        // As the development kit prints them: aeroplane, person, what does not count.
        Assert.Equal((128, 0, 0), ClassColours.Of(1));
        Assert.Equal((192, 128, 128), ClassColours.Of(15));
        Assert.Equal((224, 224, 192), ClassColours.Of(255));
        Assert.Null(ClassColours.ClassOf(128, 0, 1));
    }

    private static byte[] Decode(float[] map, Shape shape, int width, int height, int inputWidth = 0, int inputHeight = 0) =>
        Decode(map, Task(shape, inputWidth == 0 ? width : inputWidth, inputHeight == 0 ? height : inputHeight), width, height);

    private static byte[] Decode(float[] map, ModelTask task, int width, int height)
    {
        Segmenter segmenter = new(task);
        byte[] mask = new byte[width * height];
        segmenter.Prepare(new ImageView(new byte[3 * width * height], width, height, 3 * width), new float[task.Input.Shape.Count]);
        segmenter.Decode(_ => map, mask);
        return mask;
    }

    private static ModelTask Task(Shape output, int width, int height, ModelCard? card = null) => ModelTask.Resolve(
        [new NamedValue("image", ElementType.Float32, new Shape(1, 3, height, width))],
        [new NamedValue("scores", ElementType.Float32, output)],
        card: output[^1] == width ? card : (card ?? new ModelCard()) with { Task = "segment" });
}
