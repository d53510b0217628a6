using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Augmenting;

namespace EdgeCnn.Training.Data;

/// <summary>Brings examples into the network's input, exactly as inference does, and their labels with them. For one thread.</summary>
internal sealed class Letterbox
{
    private const byte NoClass = 255;

    private readonly Preprocessor _preprocessor;
    private readonly Preprocessor _ready;
    private readonly int _channels;
    private readonly bool _interleaved;

    /// <param name="how">How the network is fed.</param>
    /// <param name="input">The network's input, for any batch.</param>
    public Letterbox(Preprocessing how, NamedValue input)
    {
        NamedValue single = Single(input);
        _preprocessor = new Preprocessor(how, single);
        // What augmentation drew has the network's size already, and nothing is to be cut off again.
        _ready = new Preprocessor(how with { CropRatio = 1 }, single);
        (_channels, _, _, _interleaved) = Preprocessor.PictureShape(single);
    }

    public int Width => _preprocessor.Width;

    public int Height => _preprocessor.Height;

    public Canvas Canvas => new(Width, Height, _preprocessor.How.Resize, _preprocessor.How.Fill);

    /// <summary>Values for one example.</summary>
    public int Length => _channels * _preprocessor.Width * _preprocessor.Height;

    /// <summary>The input of a network that takes one picture at a time.</summary>
    public static NamedValue Single(NamedValue input)
    {
        int[] extents = input.Shape.Extents.ToArray();
        if (extents.Length > 0) extents[0] = 1;
        return input with { Shape = new Shape(extents) };
    }

    /// <summary>Writes what the network sees of the example, and gives the example as it sees it: boxes and mask in its pixels.</summary>
    /// <param name="example">As it was loaded, or drawn upon the canvas.</param>
    /// <param name="drawn">Whether it was drawn upon the canvas.</param>
    /// <param name="values">All values of one picture.</param>
    /// <param name="seen">Becomes the picture that the network sees.</param>
    public Example Fill(Example example, bool drawn, Span<float> values, Picture seen)
    {
        Placement placement = (drawn ? _ready : _preprocessor).Run(example.Picture.View, values);
        See(values, seen);
        return new Example(
            seen,
            example.ClassId,
            [.. example.Boxes.Select(box => Moved(box, placement)).Where(box => box is { Width: > 0, Height: > 0 })],
            example.Mask is { } mask ? Moved(mask, example.Picture, placement) : null);
    }

    private Box Moved(Box box, Placement placement)
    {
        Models.Tasks.Box moved = placement.ToNetwork(new Models.Tasks.Box(box.Left, box.Top, box.Width, box.Height));
        int width = _preprocessor.Width, height = _preprocessor.Height;
        return new Box(
            box.ClassId,
            Math.Clamp(moved.X, 0, width), Math.Clamp(moved.Y, 0, height), Math.Clamp(moved.Right, 0, width),
            Math.Clamp(moved.Bottom, 0, height));
    }

    private byte[] Moved(byte[] mask, Picture picture, Placement placement)
    {
        byte[] moved = new byte[_preprocessor.Width * _preprocessor.Height];
        for (int y = 0; y < _preprocessor.Height; y++)
        {
            int from = (int)MathF.Floor(((y + 0.5f) * placement.ScaleY) + placement.OffsetY);
            for (int x = 0; x < _preprocessor.Width; x++)
            {
                int at = (int)MathF.Floor(((x + 0.5f) * placement.ScaleX) + placement.OffsetX);
                bool inside = (uint)from < (uint)picture.Height && (uint)at < (uint)picture.Width;
                moved[(y * _preprocessor.Width) + x] = inside ? mask[(from * picture.Width) + at] : NoClass;
            }
        }
        return moved;
    }

    /// <summary>The values as levels again: the picture that the network sees.</summary>
    private void See(ReadOnlySpan<float> values, Picture picture)
    {
        Preprocessing how = _preprocessor.How;
        int count = picture.Width * picture.Height;
        for (int channel = 0; channel < 3; channel++)
        {
            int from = _channels == 1 ? 0 : how.Channels == ChannelOrder.Rgb ? 2 - channel : channel;
            float deviation = how.Deviation[how.Deviation.Count == 1 ? 0 : from], mean = how.Mean[how.Mean.Count == 1 ? 0 : from];
            (float factor, float summand) = (deviation / how.Scale, (mean / how.Scale) + 0.5f);
            (int offset, int step) = _interleaved ? (from, _channels) : (from * count, 1);
            for (int i = 0; i < count; i++)
                picture.Pixels[(3 * i) + channel] = (byte)Math.Clamp((values[offset + (i * step)] * factor) + summand, 0, 255);
        }
    }
}
