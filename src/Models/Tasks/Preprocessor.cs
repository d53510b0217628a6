using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Writes pictures into a network's input as its training pipeline did: one code for the running system, for calibration and for
/// evaluation. Sampling is bilinear and equals OpenCV's INTER_LINEAR within one level; there is no averaging when a picture shrinks,
/// because the training pipelines of the detectors have none either. Levels are rounded to whole numbers before they are scaled, so that a
/// network with 8-bit input sees the same picture. Only IEEE multiplications and additions: the same bits on every processor. After the
/// first picture of a size nothing is allocated.
/// </summary>
public sealed class Preprocessor
{
    private readonly int _width;
    private readonly int _height;
    private readonly bool _interleaved;
    private readonly float[] _factor;
    private readonly float[] _summand;
    private readonly float[] _planes;
    private ResampleAxis _columns = null!;
    private ResampleAxis _rows = null!;
    private (int Width, int Height) _planned;
    private int[] _taps = [];
    private float[] _blended = [];
    private byte[] _border = [];

    /// <param name="how">How the network was trained.</param>
    /// <param name="input">The network's input: 1 x C x H x W or 1 x H x W x C with C of 1 or 3.</param>
    /// <exception cref="ModelException">The input is no picture, or the channels do not fit.</exception>
    public Preprocessor(Preprocessing how, NamedValue input)
    {
        how.Check();
        (int channels, _height, _width, _interleaved) = PictureShape(input);
        if (channels != (how.Channels == ChannelOrder.Grey ? 1 : 3))
        {
            throw new ModelException(
                $"The input '{input.Name}' ({input.Shape}) has {channels} channels and the preprocessing makes {how.Channels}; set the preprocessing's channels.");
        }
        How = how;
        _factor = new float[channels];
        _summand = new float[channels];
        for (int c = 0; c < channels; c++) (_factor[c], _summand[c]) = how.Affine(c);
        _planes = _interleaved ? new float[channels * _width] : [];
    }

    public Preprocessing How { get; }

    /// <summary>Columns of the network's input.</summary>
    public int Width => _width;

    /// <summary>Rows of the network's input.</summary>
    public int Height => _height;

    /// <summary>Channels, height and width of a picture input, and whether the channels lie innermost.</summary>
    /// <exception cref="ModelException">The input is no picture.</exception>
    public static (int Channels, int Height, int Width, bool Interleaved) PictureShape(NamedValue input)
    {
        Shape shape = input.Shape;
        if (shape.Rank == 4 && shape[0] == 1 && shape.Count > 0)
        {
            if (shape[1] is 1 or 3) return (shape[1], shape[2], shape[3], false);
            if (shape[3] is 1 or 3) return (shape[3], shape[1], shape[2], true);
        }
        throw new ModelException(
            $"The input '{input.Name}' has the shape {shape}; a picture needs 1 x C x H x W or 1 x H x W x C with 1 or 3 channels.");
    }

    /// <summary>Resizes, reorders and scales the picture into the network's input.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="input">All values of the network's input.</param>
    /// <returns>Where the picture came to lie, to map boxes back.</returns>
    public Placement Run(ImageView image, Span<float> input)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, _factor.Length * _width * _height);
        if (_planned != (image.Width, image.Height)) Plan(image.Width, image.Height);
        if (_columns.Count < _width || _rows.Count < _height) Fill(input);

        for (int i = 0; i < _rows.Count; i++)
        {
            int near = _rows.Near[i];
            Blend(Row(image, near), Row(image, near + 1), _rows.Weight[i], _blended.AsSpan(3));
            int y = _rows.Start + i;
            if (_interleaved) WriteInterleaved(input.Slice(y * _width * _factor.Length, _width * _factor.Length));
            else WriteRow(input[((y * _width) + _columns.Start)..], _width * _height);
        }
        return new Placement(_columns.Scale, _columns.Offset, _rows.Scale, _rows.Offset);
    }

    private ReadOnlySpan<byte> Row(ImageView image, int y) => (uint)y < (uint)image.Height ? image.Row(y) : _border;

    private void Plan(int width, int height)
    {
        (_columns, _rows) = How.Resize switch
        {
            ResizePolicy.Stretch => (ResampleAxis.Resize(width, _width, _width, 0), ResampleAxis.Resize(height, _height, _height, 0)),
            ResizePolicy.CentreCrop => PlanCrop(width, height),
            _ => PlanKeepingRatio(width, height),
        };
        _taps = Array.ConvertAll(_columns.Near, near => 3 * (near + 1));
        // One pixel of border before the row, one behind it, and what a 4-wide load of the pixel after that reads.
        _blended = new float[(3 * (width + 3)) + 1];
        _blended.AsSpan().Fill(How.Fill);
        _border = new byte[3 * width];
        _border.AsSpan().Fill(How.Fill);
        _planned = (width, height);
    }

    private (ResampleAxis Columns, ResampleAxis Rows) PlanKeepingRatio(int width, int height)
    {
        double ratio = Math.Min((double)_width / width, (double)_height / height);
        if (How.Resize == ResizePolicy.Warp) return (ResampleAxis.Warp(width, _width, ratio), ResampleAxis.Warp(height, _height, ratio));
        bool topLeft = How.Resize == ResizePolicy.LetterboxTopLeft;
        return (Axis(width, _width), Axis(height, _height));

        // YOLOX cuts the resized length down to whole pixels, Ultralytics rounds it and puts an odd pixel of border behind.
        ResampleAxis Axis(int length, int network)
        {
            double exact = length * ratio;
            int resized = Math.Clamp(topLeft ? (int)(exact + 1e-9) : (int)Math.Round(exact), 1, network);
            return ResampleAxis.Resize(length, network, resized, topLeft ? 0 : (network - resized) / 2);
        }
    }

    private (ResampleAxis Columns, ResampleAxis Rows) PlanCrop(int width, int height)
    {
        double ratio = Math.Max(Math.Round(_width / How.CropRatio) / width, Math.Round(_height / How.CropRatio) / height);
        return (Axis(width, _width), Axis(height, _height));

        ResampleAxis Axis(int length, int network)
        {
            int resized = Math.Max((int)((length * ratio) + 1e-6), network);
            return ResampleAxis.Resize(length, network, resized, -(int)Math.Round((resized - network) / 2.0));
        }
    }

    private void Fill(Span<float> input)
    {
        for (int c = 0; c < _factor.Length; c++)
        {
            float value = (How.Fill * _factor[c]) + _summand[c];
            if (!_interleaved) input.Slice(c * _width * _height, _width * _height).Fill(value);
            else for (int i = c; i < input.Length; i += _factor.Length) input[i] = value;
        }
    }

    /// <summary>near + (far - near) * weight, byte by byte.</summary>
    private static void Blend(ReadOnlySpan<byte> near, ReadOnlySpan<byte> far, float weight, Span<float> blended)
    {
        blended = blended[..near.Length];
        far = far[..near.Length];
        ref byte n = ref MemoryMarshal.GetReference(near), f = ref MemoryMarshal.GetReference(far);
        ref float to = ref MemoryMarshal.GetReference(blended);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> w = Vector256.Create(weight);
            for (; i <= near.Length - 8; i += 8)
            {
                Vector256<float> a = ToSingle(Vector64.LoadUnsafe(ref n, (nuint)i)), b = ToSingle(Vector64.LoadUnsafe(ref f, (nuint)i));
                (a + ((b - a) * w)).StoreUnsafe(ref to, (nuint)i);
            }
        }
        else
        {
            Vector128<float> w = Vector128.Create(weight);
            for (; i <= near.Length - 8; i += 8)
            {
                (Vector128<uint> a0, Vector128<uint> a1) = Vector128.Widen(ToUInt16(Vector64.LoadUnsafe(ref n, (nuint)i)));
                (Vector128<uint> b0, Vector128<uint> b1) = Vector128.Widen(ToUInt16(Vector64.LoadUnsafe(ref f, (nuint)i)));
                Lerp(a0, b0, w).StoreUnsafe(ref to, (nuint)i);
                Lerp(a1, b1, w).StoreUnsafe(ref to, (nuint)i + 4);
            }
        }
        for (; i < near.Length; i++) blended[i] = near[i] + ((far[i] - near[i]) * weight);

        static Vector128<ushort> ToUInt16(Vector64<byte> bytes) => Vector128.WidenLower(bytes.ToVector128Unsafe());

        static Vector256<float> ToSingle(Vector64<byte> bytes) =>
            Vector256.ConvertToSingle(Vector256.WidenLower(ToUInt16(bytes).ToVector256Unsafe()).AsInt32());

        static Vector128<float> Lerp(Vector128<uint> a, Vector128<uint> b, Vector128<float> weight)
        {
            Vector128<float> from = Vector128.ConvertToSingle(a.AsInt32());
            return from + ((Vector128.ConvertToSingle(b.AsInt32()) - from) * weight);
        }
    }

    /// <summary>Samples the blended row and writes each channel's values <paramref name="planeStep"/> apart.</summary>
    private void WriteRow(Span<float> to, int planeStep)
    {
        int count = _columns.Count;
        bool grey = How.Channels == ChannelOrder.Grey;
        // Four pixels at a time; a narrow rest is done once more from its last four.
        if (count < 4)
        {
            for (int x = 0; x < count; x++) WritePixel(to, planeStep, x);
            return;
        }
        (int blue, int red) = How.Channels == ChannelOrder.Bgr ? (0, 2) : (2, 0);
        _ = to.Slice((grey ? 0 : 2 * planeStep) + count - 1, 1);
        ref float first = ref MemoryMarshal.GetReference(to);
        ref float row = ref MemoryMarshal.GetArrayDataReference(_blended);
        ReadOnlySpan<int> taps = _taps;
        ReadOnlySpan<float> weights = _columns.Weight.AsSpan(0, taps.Length);
        for (int x = 0; x < count; x = x + 4 <= count - 4 || x == count - 4 ? x + 4 : count - 4)
        {
            (Vector128<float> b, Vector128<float> g, Vector128<float> r) = Vectors.Transpose(
                Sample(ref row, taps[x], weights[x]),
                Sample(ref row, taps[x + 1], weights[x + 1]),
                Sample(ref row, taps[x + 2], weights[x + 2]),
                Sample(ref row, taps[x + 3], weights[x + 3]));
            if (grey)
            {
                Value(Grey(b, g, r), 0).StoreUnsafe(ref first, (nuint)x);
            }
            else
            {
                Value(b, blue).StoreUnsafe(ref first, (nuint)((blue * planeStep) + x));
                Value(g, 1).StoreUnsafe(ref first, (nuint)(planeStep + x));
                Value(r, red).StoreUnsafe(ref first, (nuint)((red * planeStep) + x));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<float> Value(Vector128<float> level, int channel) =>
        (Vector128.Round(level) * _factor[channel]) + Vector128.Create(_summand[channel]);

    /// <summary>Blue, green, red of one pixel; the fourth value means nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sample(ref float row, int tap, float weight)
    {
        Vector128<float> near = Vector128.LoadUnsafe(ref row, (nuint)tap), far = Vector128.LoadUnsafe(ref row, (nuint)tap + 3);
        return near + ((far - near) * weight);
    }

    private static Vector128<float> Grey(Vector128<float> b, Vector128<float> g, Vector128<float> r) =>
        (b * 0.114f) + (g * 0.587f) + (r * 0.299f);

    private void WritePixel(Span<float> to, int planeStep, int x)
    {
        Vector128<float> pixel = Sample(ref MemoryMarshal.GetArrayDataReference(_blended), _taps[x], _columns.Weight[x]);
        if (How.Channels == ChannelOrder.Grey)
        {
            pixel = Grey(Vector128.Create(pixel[0]), Vector128.Create(pixel[1]), Vector128.Create(pixel[2]));
        }
        for (int c = 0; c < _factor.Length; c++)
        {
            float level = pixel[How.Channels == ChannelOrder.Rgb ? 2 - c : c];
            to[(c * planeStep) + x] = (MathF.Round(level) * _factor[c]) + _summand[c];
        }
    }

    private void WriteInterleaved(Span<float> row)
    {
        WriteRow(_planes, _width);
        int channels = _factor.Length;
        for (int x = 0; x < _columns.Count; x++)
        {
            for (int c = 0; c < channels; c++) row[((_columns.Start + x) * channels) + c] = _planes[(c * _width) + x];
        }
    }
}
