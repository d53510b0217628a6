using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

public class ResizeTests
{
    private static readonly Tensor Grid = Tensor.Of(Values.Shape(1, 1, 4, 4), [.. Enumerable.Range(1, 16).Select(i => (float)i)]);

    [Fact]
    public void Nearest_repeats_elements_of_any_type()
    {
        Tensor x = Tensor.Of(Values.Shape(1, 2, 2, 1), new byte[] { 1, 2, 3, 4 });
        Resize op = Make(ResizeMode.Nearest, CoordinateMode.Asymmetric, NearestMode.Floor, [1, 2, 2, 1], Values.Shape(1, 4, 4, 1));
        Assert.Equal<byte>([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4], StepRunner.One(op, x).As<byte>().ToArray());
    }

    [Theory]
    [InlineData(NearestMode.RoundPreferFloor, new[] { 0f, 1f, 2f, 3f })]
    [InlineData(NearestMode.RoundPreferCeil, new[] { 1f, 2f, 3f, 3f })]
    [InlineData(NearestMode.Floor, new[] { 0f, 1f, 2f, 3f })]
    [InlineData(NearestMode.Ceil, new[] { 1f, 2f, 3f, 3f })]
    public void A_tie_between_neighbours_is_decided_by_the_nearest_mode(NearestMode nearest, float[] expected)
    {
        // Half of eight elements: output i lies at 2i + 0.5, between two inputs.
        Resize op = Make(ResizeMode.Nearest, CoordinateMode.HalfPixel, nearest, [0.5f], Values.Shape(4));
        float[] x = [0, 1, 1, 2, 2, 3, 3, 3];
        Assert.Equal(expected, StepRunner.One(op, Values.Vector(x)).As<float>().ToArray());
    }

    [Fact]
    public void Linear_by_half_pixels_matches_hand_computed_values()
    {
        Tensor x = Tensor.Of(Values.Shape(1, 1, 2, 2), [1f, 2, 3, 4]);
        Resize op = Make(ResizeMode.Linear, CoordinateMode.HalfPixel, default, [1, 1, 2, 2], Values.Shape(1, 1, 4, 4));
        Tensor expected = Tensor.Of(
            Values.Shape(1, 1, 4, 4), [1f, 1.25f, 1.75f, 2, 1.5f, 1.75f, 2.25f, 2.5f, 2.5f, 2.75f, 3.25f, 3.5f, 3, 3.25f, 3.75f, 4]);
        Values.Close(expected, StepRunner.One(op, x), 0, 1e-6, "half pixel");
        Resize corners = op with { Coordinates = CoordinateMode.AlignCorners };
        Tensor row = Tensor.Of(Values.Shape(1, 4), [1f, 4 / 3f, 5 / 3f, 2]);
        Tensor y = StepRunner.One(corners, x);
        Values.Close(row, Tensor.Of(row.Shape, y.As<float>()[..4].ToArray()), 1e-6, 0, "align corners");
    }

    [Fact]
    public void Resizing_to_the_same_extents_changes_no_bit()
    {
        Tensor x = Values.Random(1, Values.Shape(2, 5, 7, 3));
        foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
        {
            foreach (CoordinateMode coordinates in Enum.GetValues<CoordinateMode>())
            {
                Resize op = Make(mode, coordinates, default, [1, 1, 1, 1], x.Shape) with { Roi = [0, 0, 0, 0, 1, 1, 1, 1] };
                Assert.True(x.Bytes.SequenceEqual(StepRunner.One(op, x).Bytes), $"{mode}, {coordinates}");
            }
        }
    }

    [Fact]
    public void A_constant_image_stays_constant_in_every_mode()
    {
        Tensor x = Tensor.Of(Values.Shape(1, 5, 4, 2), [.. Enumerable.Repeat(0.7f, 40)]);
        foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
        {
            foreach (CoordinateMode coordinates in Enum.GetValues<CoordinateMode>())
            {
                if (coordinates == CoordinateMode.TfCropAndResize) continue;
                foreach ((float scale, int h, int w) in ((float, int, int)[])[(0.6f, 3, 2), (1.7f, 8, 6), (3f, 15, 12)])
                {
                    Resize op = Make(mode, coordinates, default, [1, scale, scale, 1], Values.Shape(1, h, w, 2));
                    foreach (float y in StepRunner.One(op, x).As<float>())
                        Assert.True(MathF.Abs(y - 0.7f) < 1e-6f, $"{mode}, {coordinates}, {scale}: {y}");
                }
            }
        }
    }

    [Fact]
    public void Channels_last_and_channels_first_agree()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            (int c, int h, int w) = (random.Next(1, 40), random.Next(1, 12), random.Next(1, 12));
            (int tall, int wide) = (random.Next(1, 25), random.Next(1, 25));
            Tensor first = Values.Random(seed, Values.Shape(1, c, h, w));
            Tensor last = StepRunner.One(new Transpose([0, 2, 3, 1]), first);
            ResizeMode mode = (ResizeMode)random.Next(3);
            (float down, float across) = (tall / (float)h, wide / (float)w);
            Resize op = Make(
                mode, (CoordinateMode)random.Next(5), (NearestMode)random.Next(4), [1, 1, down, across], Values.Shape(1, c, tall, wide));
            Resize moved = op with { Scales = [1, down, across, 1], Target = Values.Shape(1, tall, wide, c) };
            Tensor back = StepRunner.One(new Transpose([0, 3, 1, 2]), StepRunner.One(moved, last));
            Assert.True(StepRunner.One(op, first).Bytes.SequenceEqual(back.Bytes), $"seed {seed}: {first.Shape} to {tall} x {wide}, {op}");
        }
    }

    [Fact]
    public void A_crop_beyond_the_image_is_filled_with_the_extrapolation_value()
    {
        Resize op = Make(ResizeMode.Linear, CoordinateMode.TfCropAndResize, default, [1, 1, 0.75f, 0.75f], Values.Shape(1, 1, 3, 3)) with
        {
            Roi = [0, 0, 0.4f, 0.6f, 1, 1, 1.2f, 1.7f],
            Extrapolation = 10f,
        };
        // The case test_resize_tf_crop_and_resize_extrapolation_value of ONNX.
        Tensor expected = Tensor.Of(op.Target, [7.6000004f, 10, 10, 12.400001f, 10, 10, 10, 10, 10]);
        Values.Close(expected, StepRunner.One(op, Grid), 1e-6, 0, "crop");
    }

    private static Resize Make(ResizeMode mode, CoordinateMode coordinates, NearestMode nearest, float[] scales, Shape target) =>
        new(mode, coordinates, nearest, [.. scales], target, -0.75f, false, 0f, []);
}
