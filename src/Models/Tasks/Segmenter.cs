using System.Numerics;

namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Feeds a segmentation network and reads it: <see cref="Prepare"/> writes the input, somebody runs the network, <see cref="Decode"/> reads
/// its first output, a map of 1 x classes x height x width. The map is stretched bilinearly over the picture before the best class of each
/// pixel is taken, so that borders follow the picture's pixels and not the map's. One thread uses it at a time. In the steady state nothing
/// is allocated.
/// </summary>
public sealed class Segmenter
{
    /// <summary>A mask holds a byte for each pixel, and 255 means that it does not count.</summary>
    public const int MostClasses = 255;

    private readonly Preprocessor _preprocessor;
    private readonly int _channels;
    private readonly int _mapHeight;
    private readonly int _mapWidth;
    private readonly float[] _row;
    private readonly float _least;
    private Placement _placement;
    private (Placement Placement, int Width) _planned;
    private int _width;
    private int _height;
    private int[] _near = [];
    private float[] _weight = [];
    private float[] _best = [];

    /// <exception cref="ModelException">The task is no segmentation.</exception>
    public Segmenter(ModelTask task)
    {
        Shape map = task.Map ?? throw new ModelException($"The model is to {task.Verb}, not to segment.");
        _preprocessor = new Preprocessor(task.Preprocessing, task.Input);
        (_channels, _mapHeight, _mapWidth) = (map[1], map[2], map[3]);
        // One column more than the map, so that the last one has a neighbour.
        _row = new float[_channels * (_mapWidth + 1)];
        // Of a single channel, class 1 begins at even odds.
        _least = _channels > 1 ? float.NegativeInfinity : task.Scores == Activation.None ? 0.5f : 0;
        Task = task;
    }

    public ModelTask Task { get; }

    /// <summary>Writes a picture into the network's input.</summary>
    public void Prepare(ImageView image, Span<float> input)
    {
        _placement = _preprocessor.Run(image, input);
        (_width, _height) = (image.Width, image.Height);
    }

    /// <summary>Reads the class of each pixel of the picture that was prepared last.</summary>
    /// <param name="outputs">The network's outputs.</param>
    /// <param name="mask">Filled: the picture's height x width.</param>
    public void Decode(OutputReader outputs, Span<byte> mask)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(mask.Length, _width * _height);
        if (_planned != (_placement, _width)) Plan();
        ReadOnlySpan<float> map = outputs(0);
        for (int y = 0; y < _height; y++)
        {
            Blend(map, Cell(y, _placement.ScaleY, _placement.OffsetY, _mapHeight, _preprocessor.Height));
            Best(mask.Slice(y * _width, _width));
        }
    }

    private void Plan()
    {
        (_near, _weight, _best) = (new int[_width], new float[_width], new float[_width]);
        for (int x = 0; x < _width; x++)
            (_near[x], _weight[x]) = Cell(x, _placement.ScaleX, _placement.OffsetX, _mapWidth, _preprocessor.Width);
        _planned = (_placement, _width);
    }

    /// <summary>The cell before the middle of a pixel of the picture, and the weight of the one behind it.</summary>
    private static (int Near, float Weight) Cell(int pixel, float scale, float offset, int cells, int network)
    {
        float place = (((pixel + 0.5f - offset) / scale) * cells / network) - 0.5f;
        place = Math.Clamp(place, 0, cells - 1);
        int near = (int)place;
        return (near, place - near);
    }

    /// <summary>One row of every class between two rows of the map.</summary>
    private void Blend(ReadOnlySpan<float> map, (int Near, float Weight) row)
    {
        int far = Math.Min(row.Near + 1, _mapHeight - 1);
        Vector<float> weight = new(row.Weight);
        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<float> a = map.Slice((c * _mapHeight + row.Near) * _mapWidth, _mapWidth);
            ReadOnlySpan<float> b = map.Slice((c * _mapHeight + far) * _mapWidth, _mapWidth);
            Span<float> to = _row.AsSpan(c * (_mapWidth + 1), _mapWidth + 1);
            int x = 0;
            for (; x <= _mapWidth - Vector<float>.Count; x += Vector<float>.Count)
            {
                Vector<float> from = new(a[x..]);
                (from + (new Vector<float>(b[x..]) - from) * weight).CopyTo(to[x..]);
            }
            for (; x < _mapWidth; x++) to[x] = a[x] + (b[x] - a[x]) * row.Weight;
            to[_mapWidth] = to[_mapWidth - 1];
        }
    }

    /// <summary>The best class of each pixel; of equal ones the first.</summary>
    private void Best(Span<byte> mask)
    {
        Span<float> best = _best.AsSpan(0, mask.Length);
        ReadOnlySpan<int> nears = _near.AsSpan(0, mask.Length);
        ReadOnlySpan<float> weights = _weight.AsSpan(0, mask.Length);
        best.Fill(_least);
        mask.Clear();
        int first = _channels > 1 ? 0 : 1;
        for (int c = 0; c < _channels; c++)
        {
            ReadOnlySpan<float> row = _row.AsSpan(c * (_mapWidth + 1), _mapWidth + 1);
            byte id = (byte)(first + c);
            for (int x = 0; x < mask.Length; x++)
            {
                int near = nears[x];
                float score = row[near] + (row[near + 1] - row[near]) * weights[x];
                if (!(score > best[x])) continue;
                best[x] = score;
                mask[x] = id;
            }
        }
    }
}
