using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.Training.Data;
using OpenCvSharp;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

public class ExampleSheetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(24)]
    public void Any_number_of_pictures_stands_side_by_side(int count)
    {
        Example[] examples = [.. Enumerable.Range(0, count).Select(i => Example.OfClass(Grey(32, 32, (byte)(100 + i)), i))];
        using Frame sheet = ExampleSheet.Draw(examples, ["only one"]);
        Assert.Equal(count, Squares(sheet, examples).Count(found => found));
    }

    [Fact]
    public void A_box_is_drawn_where_its_object_is()
    {
        Picture picture = Grey(320, 160, 90);
        using Frame sheet = ExampleSheet.Draw([Example.OfBoxes(picture, new Box(0, 80, 40, 240, 120))], ["ball"]);
        // One picture fills the sheet but for a margin of 8.
        double scale = (sheet.Width - 16) / 320.0;
        Scalar colour = Overlay.ClassColour(0);
        foreach ((double x, double y) in ((double, double)[])[(80, 80), (240, 80), (160, 40), (160, 120)])
            Assert.True(IsNear(sheet, 8 + (scale * x), 8 + (scale * y), colour), $"({x}, {y})");
        Assert.False(IsNear(sheet, 8 + (scale * 160), 8 + (scale * 80), colour), "in the middle");
    }

    private static Picture Grey(int width, int height, byte level)
    {
        Picture picture = new(width, height);
        picture.Pixels.AsSpan().Fill(level);
        return picture;
    }

    /// <summary>Which of the levels occur somewhere.</summary>
    private static IEnumerable<bool> Squares(Frame sheet, Example[] examples)
    {
        HashSet<byte> levels = [];
        for (int y = 0; y < sheet.Height; y++)
        {
            ReadOnlySpan<byte> row = sheet.View.Row(y);
            for (int x = 0; x < sheet.Width; x++) levels.Add(row[3 * x]);
        }
        return [.. examples.Select(example => levels.Contains(example.Picture.Pixels[0]))];
    }

    /// <summary>Whether a pixel of nearly this colour is within three of a place.</summary>
    private static bool IsNear(Frame sheet, double x, double y, Scalar colour)
    {
        for (int dy = -3; dy <= 3; dy++)
        {
            for (int dx = -3; dx <= 3; dx++)
            {
                ReadOnlySpan<byte> pixel = sheet.View.Row((int)y + dy).Slice(3 * ((int)x + dx), 3);
                if (Math.Abs(pixel[0] - colour.Val0) + Math.Abs(pixel[1] - colour.Val1) + Math.Abs(pixel[2] - colour.Val2) < 60)
                    return true;
            }
        }
        return false;
    }
}
