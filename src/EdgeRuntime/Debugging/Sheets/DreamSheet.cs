using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Insight;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>A picture, and what a layer would rather see in it.</summary>
internal static class DreamSheet
{
    /// <param name="before">Levels in the order of the network's channels.</param>
    /// <param name="after">Likewise.</param>
    /// <param name="order">Which that is.</param>
    /// <param name="what">What was dreamt of.</param>
    /// <param name="source">Where things come from.</param>
    public static Sheet Of(Planes before, Planes after, ChannelOrder order, Dream what, string source)
    {
        using Mat picture = Picture(before, order), dream = Picture(after, order);
        string subject = what.Channel is { } channel
            ? FormattableString.Invariant($"channel {channel} of {what.Layer}")
            : $"all of {what.Layer}";
        Sheet sheet = new(
            "DeepDream", FormattableString.Invariant(
                $"{subject} answers more: {what.Steps} steps of gradient ascent on the picture at each of {what.Octaves} sizes"));
        Rect[] places = Sheet.Grid(2, (double)picture.Cols / picture.Rows, Sheet.Content, gap: 24, caption: 34);
        sheet.Put(picture, places[0], smooth: true);
        sheet.Put(dream, places[1], smooth: true);
        sheet.Text("picture", places[0].X, places[0].Y + places[0].Height + 24, 16, Sheet.Ink);
        sheet.Text("dream", places[1].X, places[1].Y + places[1].Height + 24, 16, Sheet.Ink);
        sheet.Footer(source);
        return sheet;
    }

    /// <summary>The picture's levels at another size, in the order of the network's channels.</summary>
    public static Planes Levels(Frame picture, int width, int height, ChannelOrder order)
    {
        using Mat resized = new(), grey = new();
        Cv2.Resize(picture.Mat, resized, new Size(width, height), 0, 0,
            width < picture.Width ? InterpolationFlags.Area : InterpolationFlags.Cubic);
        Planes planes = new(order == ChannelOrder.Grey ? 1 : 3, height, width);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                Vec3b pixel = resized.Get<Vec3b>(y, x);
                int at = y * width + x;
                if (order == ChannelOrder.Grey)
                {
                    planes.Values[at] = 0.114f * pixel.Item0 + 0.587f * pixel.Item1 + 0.299f * pixel.Item2;
                    continue;
                }
                (float first, float last) = order == ChannelOrder.Bgr ? (pixel.Item0, pixel.Item2) : (pixel.Item2, pixel.Item0);
                (planes.Channel(0)[at], planes.Channel(1)[at], planes.Channel(2)[at]) = (first, pixel.Item1, last);
            }
        }
        return planes;
    }

    /// <summary>The way back.</summary>
    private static Mat Picture(Planes planes, ChannelOrder order)
    {
        Mat picture = new(planes.Height, planes.Width, MatType.CV_8UC3);
        for (int i = 0; i < planes.Height * planes.Width; i++)
        {
            byte Level(int channel) => (byte)Math.Clamp(Math.Round(planes.Channel(Math.Min(channel, planes.Channels - 1))[i]), 0, 255);
            int blue = order == ChannelOrder.Bgr ? 0 : 2;
            picture.Set(i / planes.Width, i % planes.Width, new Vec3b(Level(blue), Level(1), Level(2 - blue)));
        }
        return picture;
    }
}
