using System.Globalization;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

public class PreprocessorTests
{
    private static readonly Preprocessing Levels = new() { Channels = ChannelOrder.Bgr, Scale = 1, CropRatio = 0.875f };

    public static TheoryData<string, int, int, int, int, byte, string> OpenCv()
    {
        TheoryData<string, int, int, int, int, byte, string> cases = [];
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Tasks", "opencv-resize.txt")))
        {
            string[] parts = line.Split(' ');
            int[] numbers = [.. parts[1..6].Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
            cases.Add(parts[0], numbers[0], numbers[1], numbers[2], numbers[3], (byte)numbers[4], parts[6]);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(OpenCv))]
    public void A_picture_is_sampled_as_OpenCV_samples_it_within_one_level(
        string policy, int width, int height, int networkWidth, int networkHeight, byte fill, string expected)
    {
        Preprocessing how = Levels with { Resize = Enum.Parse<ResizePolicy>(policy), Fill = fill };
        float[] input = Run(how, Picture.Steep(width, height), networkWidth, networkHeight);
        byte[] levels = Convert.FromBase64String(expected);
        int plane = networkWidth * networkHeight, unequal = 0;
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                float difference = Math.Abs(input[(c * plane) + i] - levels[(3 * i) + c]);
                Assert.True(difference <= 1, $"pixel {i % networkWidth}, {i / networkWidth}, channel {c}: {input[(c * plane) + i]} instead of {levels[(3 * i) + c]}");
                if (difference > 0) unequal++;
            }
        }
        // OpenCV's fixed-point arithmetic cuts where ours rounds: about one value in eight differs.
        Assert.True(unequal <= plane * 3 / 5, $"{unequal} of {plane * 3} values are off by one: more than rounding explains.");
    }

    [Theory]
    [InlineData(ResizePolicy.Letterbox)]
    [InlineData(ResizePolicy.LetterboxTopLeft)]
    [InlineData(ResizePolicy.Warp)]
    [InlineData(ResizePolicy.Stretch)]
    [InlineData(ResizePolicy.CentreCrop)]
    public void Vectors_and_scalars_agree_with_the_plain_definition_for_sizes_of_every_kind(ResizePolicy policy)
    {
        Random random = new(17);
        for (int round = 0; round < 120; round++)
        {
            int seed = random.Next(), width = random.Next(1, 70), height = random.Next(1, 70), networkWidth = random.Next(
                1, 40), networkHeight = random.Next(1, 40);
            ChannelOrder channels = (ChannelOrder)random.Next(3);
            Preprocessing how = Levels with { Resize = policy, Channels = channels, Fill = 77 };
            Picture picture = Picture.Noise(width, height, seed);
            float[] input = Run(how, picture, networkWidth, networkHeight, out Placement placement);
            int planes = channels == ChannelOrder.Grey ? 1 : 3;
            for (int i = 0; i < input.Length; i++)
            {
                int c = i / (networkWidth * networkHeight), y = i / networkWidth % networkHeight, x = i % networkWidth;
                double expected = Expected(picture, how, placement, x, y, c, networkWidth, networkHeight);
                Assert.True(
                    Math.Abs(input[i] - expected) <= 0.5 + 1e-3,
                    $"{policy} {channels} {width}x{height} to {networkWidth}x{networkHeight}, seed {seed}: {input[i]} instead of {expected} at {x}, {y}, channel {c} of {planes}");
            }
        }
    }

    [Fact]
    public void Values_are_scaled_by_channel_in_the_networks_order()
    {
        Picture picture = new(4, 2);
        picture.Fill((_, _, c) => (byte)(10 * (c + 1)));
        Preprocessing how = Preprocessing.ImageNet with { Resize = ResizePolicy.Letterbox, Fill = 51 };
        float[] input = Run(how, picture, 4, 4);
        float[] levels = [30, 20, 10], mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal(((51 / 255f) - mean[c]) / deviation[c], input[c * 16], 1e-5f);
            Assert.Equal(((levels[c] / 255f) - mean[c]) / deviation[c], input[(c * 16) + 4], 1e-5f);
        }
    }

    [Fact]
    public void Grey_is_the_weighted_sum_of_the_colours()
    {
        Picture picture = new(2, 2);
        picture.Fill((_, _, c) => (byte)(c == 0 ? 10 : c == 1 ? 100 : 200));
        Assert.All(Run(Preprocessing.Greyscale with { Scale = 1 }, picture, 2, 2),
            level => Assert.Equal(MathF.Round(1.14f + 58.7f + 59.8f), level));
    }

    [Fact]
    public void Channels_may_lie_innermost()
    {
        Picture picture = Picture.Noise(33, 21, 5);
        Preprocessing how = Preprocessing.NanoDet;
        float[] planar = Run(how, picture, 18, 20), interleaved = new float[planar.Length];
        new Preprocessor(how, new NamedValue("x", ElementType.Float32, new Shape(1, 20, 18, 3))).Run(picture.View, interleaved);
        for (int i = 0; i < 18 * 20; i++)
        {
            for (int c = 0; c < 3; c++) Assert.Equal(planar[(c * 18 * 20) + i], interleaved[(3 * i) + c]);
        }
    }

    [Theory]
    [InlineData(ResizePolicy.Letterbox)]
    [InlineData(ResizePolicy.LetterboxTopLeft)]
    [InlineData(ResizePolicy.Warp)]
    [InlineData(ResizePolicy.Stretch)]
    public void A_rectangle_that_is_seen_in_the_input_maps_back_to_where_it_was_drawn(ResizePolicy policy)
    {
        Random random = new(3);
        for (int round = 0; round < 50; round++)
        {
            int width = random.Next(40, 300), height = random.Next(40, 300);
            Box drawn = new(random.Next(0, width / 2), random.Next(0, height / 2), random.Next(20, width / 2), random.Next(20, height / 2));
            Picture picture = new(width, height);
            picture.Fill((x, y, _) => (byte)(x >= drawn.X && x < drawn.Right && y >= drawn.Y && y < drawn.Bottom ? 255 : 0));
            float[] input = Run(Levels with { Resize = policy, Fill = 0 }, picture, 96, 64, out Placement placement);

            // Sums of the plane along each axis give the edges to a fraction of a pixel.
            Box seen = Extent(input, 96, 64);
            Box mapped = placement.ToImage(seen.X, seen.Y, seen.Right, seen.Bottom);
            // A warp maps indices of pixels instead of their edges, so that up to half a network pixel more lies between.
            float pixels = policy == ResizePolicy.Warp ? 1.25f : 0.75f;
            float tolerance = (pixels * Math.Max(placement.ScaleX, placement.ScaleY)) + 0.5f;
            Assert.True(
                Math.Abs(mapped.X - drawn.X) < tolerance && Math.Abs(mapped.Y - drawn.Y) < tolerance
                && Math.Abs(mapped.Right - drawn.Right) < tolerance && Math.Abs(mapped.Bottom - drawn.Bottom) < tolerance,
                $"{policy}, {width}x{height}, round {round}: {mapped} instead of {drawn}, tolerance {tolerance}");
        }
    }

    [Fact]
    public void Mapping_there_and_back_changes_nothing()
    {
        Placement placement = new(3.25f, -17, 1.5f, 40);
        Box box = new(12, 34, 56, 78), network = placement.ToNetwork(box);
        Box back = placement.ToImage(network.X, network.Y, network.Right, network.Bottom);
        Assert.Equal((box.X, box.Y), (back.X, back.Y));
        Assert.Equal(box.Width, back.Width, 1e-3f);
        Assert.Equal(box.Height, back.Height, 1e-3f);
    }

    [Fact]
    public void Nothing_is_allocated_after_the_first_picture_of_a_size()
    {
        Picture picture = Picture.Noise(320, 180, 1);
        Preprocessor preprocessor = new(Preprocessing.Yolox, Input(96, 96));
        float[] input = new float[3 * 96 * 96];
        preprocessor.Run(picture.View, input);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) preprocessor.Run(picture.View, input);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Pictures_of_changing_sizes_leave_nothing_of_each_other_behind()
    {
        Preprocessor preprocessor = new(Preprocessing.Ultralytics, Input(32, 32));
        float[] input = new float[3 * 32 * 32];
        Picture wide = Picture.Noise(64, 20, 1), tall = Picture.Noise(20, 64, 2);
        preprocessor.Run(wide.View, input);
        preprocessor.Run(tall.View, input);
        Assert.Equal(Run(Preprocessing.Ultralytics, tall, 32, 32), input);
    }

    [Theory]
    [InlineData(1, 3, 416)]
    [InlineData(2, 3, 8, 8)]
    [InlineData(1, 4, 8, 8)]
    [InlineData(1, 3, 0, 8)]
    public void An_input_that_is_no_picture_is_refused(params int[] extents)
    {
        NamedValue input = new("images", ElementType.Float32, new Shape(extents));
        Assert.Contains(
            "images", Assert.Throws<ModelException>(() => new Preprocessor(Preprocessing.Yolox, input)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Preprocessing_that_makes_no_sense_is_refused()
    {
        Assert.Throws<ModelException>(() => new Preprocessor(Preprocessing.Greyscale, Input(8, 8)));
        Assert.Throws<ModelException>(() => new Preprocessor(new Preprocessing { Mean = [1, 2] }, Input(8, 8)));
        Assert.Throws<ModelException>(() => new Preprocessor(new Preprocessing { Deviation = [0] }, Input(8, 8)));
        Assert.Throws<ModelException>(() => new Preprocessor(new Preprocessing { Scale = float.NaN }, Input(8, 8)));
        Assert.Throws<ModelException>(() => new Preprocessor(new Preprocessing { CropRatio = 0 }, Input(8, 8)));
    }

    private static NamedValue Input(int width, int height, int channels = 3) =>
        new("images", ElementType.Float32, new Shape(1, channels, height, width));

    private static float[] Run(Preprocessing how, Picture picture, int width, int height) => Run(how, picture, width, height, out _);

    private static float[] Run(Preprocessing how, Picture picture, int width, int height, out Placement placement)
    {
        int channels = how.Channels == ChannelOrder.Grey ? 1 : 3;
        float[] input = new float[channels * width * height];
        input.AsSpan().Fill(float.NaN);
        placement = new Preprocessor(how, Input(width, height, channels)).Run(picture.View, input);
        return input;
    }

    /// <summary>The unrounded level, by the definition of bilinear sampling in double precision.</summary>
    private static double Expected(
        Picture picture, Preprocessing how, Placement placement, int x, int y, int c, int networkWidth, int networkHeight)
    {
        bool warp = how.Resize == ResizePolicy.Warp;
        (double u, bool outsideX) = Source(x, placement.ScaleX, placement.OffsetX, picture.Width, networkWidth);
        (double v, bool outsideY) = Source(y, placement.ScaleY, placement.OffsetY, picture.Height, networkHeight);
        if (outsideX || outsideY) return how.Fill;
        return how.Channels switch
        {
            ChannelOrder.Bgr => Sample(c),
            ChannelOrder.Rgb => Sample(2 - c),
            _ => (0.114 * Sample(0)) + (0.587 * Sample(1)) + (0.299 * Sample(2)),
        };

        (double Coordinate, bool Outside) Source(int pixel, double scale, double offset, int length, int network)
        {
            if (warp)
            {
                double ratio = Math.Min((double)networkWidth / picture.Width, (double)networkHeight / picture.Height);
                double at = Math.Floor((((pixel - (network / 2.0)) / ratio) + (length / 2.0)) * 32 + 0.5) / 32;
                return (at, at <= -1 || at >= length);
            }
            double edge = ((pixel + 0.5) * scale) + offset;
            bool stretched = how.Resize is ResizePolicy.Stretch or ResizePolicy.CentreCrop;
            return (Math.Clamp(edge - 0.5, 0, length - 1), !stretched && (edge < -1e-4 || edge > length + 1e-4));
        }

        double Sample(int channel)
        {
            int left = (int)Math.Floor(u), top = (int)Math.Floor(v);
            double fx = u - left, fy = v - top;
            return ((1 - fy) * (((1 - fx) * Level(left, top)) + (fx * Level(left + 1, top))))
                + (fy * (((1 - fx) * Level(left, top + 1)) + (fx * Level(left + 1, top + 1))));

            double Level(int px, int py) =>
                px >= 0 && py >= 0 && px < picture.Width && py < picture.Height ? picture[px, py, channel] : how.Fill;
        }
    }

    /// <summary>The rectangle in the first plane: where its rows and columns are half as bright as at their brightest.</summary>
    private static Box Extent(float[] input, int width, int height)
    {
        double[] columns = new double[width], rows = new double[height];
        for (int i = 0; i < width * height; i++)
        {
            columns[i % width] += input[i];
            rows[i / width] += input[i];
        }
        (float left, float right) = Edges(columns);
        (float top, float bottom) = Edges(rows);
        return new Box(left, top, right - left, bottom - top);

        static (float First, float Last) Edges(double[] sums)
        {
            double half = sums.Max() / 2;
            int first = Array.FindIndex(sums, sum => sum >= half), last = Array.FindLastIndex(sums, sum => sum >= half);
            return (first, last + 1);
        }
    }
}
