using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

public sealed class OverlayTests
{
    private static readonly string[] Labels = ["person", "car"];

    [Theory]
    [InlineData(64, 48)]
    [InlineData(640, 480)]
    [InlineData(1920, 1080)]
    public void A_box_has_its_classs_colour_on_its_edge_and_leaves_its_inside_alone(int width, int height)
    {
        using var frame = new Frame(new Mat(height, width, MatType.CV_8UC3, Scalar.All(30)));
        var box = new Box(width / 4, height / 2, width / 2, height / 3);
        Overlay.Draw(frame, [new Detection(box, 1, 0.9f)], Labels);
        Scalar colour = Overlay.ClassColour(1);
        Vec3b edge = frame.Mat.Get<Vec3b>((int)(box.Y + (box.Height / 2)), (int)box.X);
        // Smoothed lines of one pixel mix with the ground a little.
        Assert.Equal(colour.Val0, edge.Item0, tolerance: 25);
        Assert.Equal(colour.Val1, edge.Item1, tolerance: 25);
        Assert.Equal(colour.Val2, edge.Item2, tolerance: 25);
        Assert.Equal(new Vec3b(30, 30, 30), frame.Mat.Get<Vec3b>((int)box.CentreY, (int)box.CentreX));
        Assert.Equal(new Vec3b(30, 30, 30), frame.Mat.Get<Vec3b>(height - 1, 0));
    }

    [Fact]
    public void Neighbouring_classes_have_colours_that_differ()
    {
        for (int i = 0; i < 80; i++)
        {
            Scalar a = Overlay.ClassColour(i), b = Overlay.ClassColour(i + 1);
            double apart = Math.Abs(a.Val0 - b.Val0) + Math.Abs(a.Val1 - b.Val1) + Math.Abs(a.Val2 - b.Val2);
            Assert.True(apart > 150, $"classes {i} and {i + 1} are {apart} apart");
        }
    }

    [Theory]
    [InlineData(-50f, -50f, 30f, 30f)]
    [InlineData(600f, 400f, 1e9f, 1e9f)]
    [InlineData(float.NaN, 0f, float.NaN, 10f)]
    [InlineData(float.NegativeInfinity, 0f, float.PositiveInfinity, 10f)]
    [InlineData(10f, 10f, 0f, 0f)]
    [InlineData(10f, 10f, -20f, -20f)]
    public void Boxes_that_lie_anywhere_break_nothing(float x, float y, float width, float height)
    {
        using var frame = new Frame(new Mat(480, 640, MatType.CV_8UC3, Scalar.All(30)));
        var box = new Box(x, y, width, height);
        var track = new Track(7, box, -1, 0.5f, true, 0, 0, TimeSpan.Zero);
        Overlay.Draw(frame, [new Detection(box, 99, float.NaN)], Labels);
        Overlay.Draw(frame, new Report { Tracks = { track }, Target = new Target(track, 1, 2, 3, false) });
        Overlay.Draw(
            frame, new Report { Detections = { new Detection(box, 0, 1) }, Classes = { new ClassScore(0, 1), new ClassScore(5, 0) } });
    }
}
