using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// Convolution of each channel of 8-bit integers by itself, for NEON, which multiplies bytes without widening them first: the stored
/// data of two taps of sixteen channels by four instructions, added in 16 bits (SMULL, SMLAL), and by four more to sums of 32 (SADDW).
/// The taps of each window are found as pointers (<see cref="WindowRows"/>), so any window, stride and dilation is the same to it; each
/// sum starts from what the zero point adds too much.
/// </summary>
internal sealed unsafe class Int8DepthwiseBytes : Step
{
    private const int Lanes = 16;

    /// <summary>Pixels of a tile, whose sums of sixteen channels take half of the registers.</summary>
    private const int Tile = 4;

    // About 25 microseconds on a fast core.
    private const long PieceMultiplyAdds = 1_000_000;

    // What is finished at once stays in the first-level cache: sums of so many pixels and channels, 16 KB.
    private const int MostPixels = 64;
    private const int MostChannels = 64;

    private readonly Int8Convolution _operands;
    private readonly WindowRows _windows;
    private readonly int _pixels;
    private readonly int _taps;
    private readonly int _channels;
    private readonly int _pixelsOfPiece;
    private readonly int _pixelsAtOnce;
    private readonly bool _pairs;
    private readonly sbyte* _weights;
    private readonly int* _start;
    private readonly byte* _zeroPixel;

    public Int8DepthwiseBytes(Int8Convolution operands, Weights weights)
        : base(operands.Name, operands.Residual is null ? [operands.Data] : [operands.Data, operands.Residual], [operands.Output])
    {
        WindowGeometry geometry = operands.Geometry;
        (_operands, _pixels, _taps, _channels) = (operands, geometry.Pixels, geometry.RowOf.Length, geometry.Input[3]);
        _windows = new WindowRows(geometry, _channels, operands.Data.Stride, sizeof(byte), Tile, weights, joinsTaps: false);
        int padded = (_channels + Lanes - 1) / Lanes * Lanes;
        long tiles = PieceMultiplyAdds / ((long)padded * _taps * Tile);
        _pixelsOfPiece = (int)Math.Clamp(tiles, 1, Math.Max(1, (_pixels + Tile - 1) / Tile)) * Tile;
        _pixelsAtOnce = Math.Min(_pixelsOfPiece, MostPixels);

        _weights = weights.Allocate<sbyte>((long)padded * _taps);
        _start = weights.Allocate<int>(padded);
        _zeroPixel = weights.Allocate<byte>(padded);
        _pairs = true;
        for (int c = 0; c < _channels; c++)
        {
            int zero = operands.DataZero[c % operands.DataZero.Length], sum = 0;
            ReadOnlySpan<sbyte> channel = operands.Weights.AsSpan(c * _taps, _taps);
            sbyte* to = _weights + (long)(c / Lanes) * _taps * Lanes + c % Lanes;
            for (int t = 0; t < _taps; t++)
            {
                to[t * Lanes] = channel[t];
                sum += channel[t];
                // The magnitude of two products is at most 128 times that of the two weights, which fits 16 bits unless both are -128.
                _pairs &= t % 2 == 0 || channel[t] != sbyte.MinValue || channel[t - 1] != sbyte.MinValue;
            }
            _start[c] = -zero * sum;
            _zeroPixel[c] = (byte)zero;
        }
    }

    public override string Kernel =>
        $"int8 depthwise {_operands.KernelHeight}x{_operands.KernelWidth} {Cpu.Name}, bytes{(_pairs ? " in pairs" : "")}";

    public override int Pieces => (_pixels + _pixelsOfPiece - 1) / _pixelsOfPiece;

    public override int ScratchBytes => checked(TableBytes + _pixelsAtOnce * MostChannels * sizeof(int));

    public override long MultiplyAdds => (long)_pixels * _operands.Weights.Length;

    private int TableBytes => (_pixelsAtOnce * _taps * sizeof(byte*) + 63) / 64 * 64;

    public override void Execute(int piece, byte* scratch)
    {
        byte** table = (byte**)scratch;
        int* sums = (int*)(scratch + TableBytes);
        int pixel = piece * _pixelsOfPiece, end = Math.Min(pixel + _pixelsOfPiece, _pixels);
        for (; pixel < end; pixel += _pixelsAtOnce)
        {
            int pixels = Math.Min(_pixelsAtOnce, end - pixel);
            _windows.Find(_operands.Data.Data, pixel, pixels, table, null, _zeroPixel, 0);
            // The pixels that the last tile lacks are computed as well, of anything, and not stored.
            for (int i = pixels; i % Tile != 0; i++)
            {
                for (int t = 0; t < _taps; t++) table[(i / Tile * _taps + t) * Tile + i % Tile] = _zeroPixel;
            }
            for (int channel = 0; channel < _channels; channel += MostChannels)
            {
                int count = Math.Min(MostChannels, _channels - channel), stride = (count + Lanes - 1) / Lanes * Lanes;
                for (int i = 0; i < pixels; i += Tile)
                {
                    byte** taps = table + (nint)i * _taps;
                    sbyte* weights = _weights + (nint)channel * _taps;
                    if (_pairs) Multiply<Pairs>(taps, _taps, channel, stride, weights, _start + channel, sums + i * stride);
                    else Multiply<Singles>(taps, _taps, channel, stride, weights, _start + channel, sums + i * stride);
                }
                Finish(pixel, pixels, channel, count, sums, stride);
            }
        }
    }

    private void Finish(int pixel, int pixels, int channel, int count, int* sums, int stride)
    {
        (Epilogue epilogue, Buffer output, Buffer? residual) = (_operands.Epilogue, _operands.Output, _operands.Residual);
        epilogue.Rows(
            sums, stride, pixels, channel, count,
            residual is null ? null : residual.Data + (long)pixel * residual.Stride + channel, residual?.Stride ?? 0,
            output.Data + ((long)pixel * output.Stride + channel) * epilogue.OutputSize, output.Stride);
    }

    /// <summary>
    /// Sums of a tile of pixels, sixteen channels at a time; they lie row by row, one of <paramref name="count"/> sums for each pixel.
    /// </summary>
    private static void Multiply<TStep>(byte** table, int tapCount, nint channel, nint count, sbyte* weights, int* start, int* sums)
        where TStep : struct, IStep
    {
        for (nint c = 0; c < count; c += Lanes)
        {
            Vector128<int> a0 = Vector128.Load(start + c), a1 = Vector128.Load(start + c + 4);
            Vector128<int> a2 = Vector128.Load(start + c + 8), a3 = Vector128.Load(start + c + 12);
            Vector128<int> b0 = a0, b1 = a1, b2 = a2, b3 = a3, c0 = a0, c1 = a1, c2 = a2, c3 = a3, d0 = a0, d1 = a1, d2 = a2, d3 = a3;
            byte** taps = table;
            nint at = channel + c;
            int t = tapCount;
            for (; TStep.Taps == 2 && t >= 2; t -= 2, taps += 2 * Tile, weights += 2 * Lanes)
            {
                Vector128<sbyte> v = Vector128.Load(weights), w = Vector128.Load(weights + Lanes);
                byte* x0 = taps[0], x1 = taps[1], x2 = taps[2], x3 = taps[3];
                byte* y0 = taps[Tile], y1 = taps[Tile + 1], y2 = taps[Tile + 2], y3 = taps[Tile + 3];
                Add(x0, y0, at, v, w, ref a0, ref a1, ref a2, ref a3);
                Add(x1, y1, at, v, w, ref b0, ref b1, ref b2, ref b3);
                Add(x2, y2, at, v, w, ref c0, ref c1, ref c2, ref c3);
                Add(x3, y3, at, v, w, ref d0, ref d1, ref d2, ref d3);
            }
            for (; t > 0; t--, taps += Tile, weights += Lanes)
            {
                Vector128<sbyte> w = Vector128.Load(weights);
                byte* x0 = taps[0], x1 = taps[1], x2 = taps[2], x3 = taps[3];
                Add(x0, at, w, ref a0, ref a1, ref a2, ref a3);
                Add(x1, at, w, ref b0, ref b1, ref b2, ref b3);
                Add(x2, at, w, ref c0, ref c1, ref c2, ref c3);
                Add(x3, at, w, ref d0, ref d1, ref d2, ref d3);
            }
            Store(sums + c, a0, a1, a2, a3);
            Store(sums + count + c, b0, b1, b2, b3);
            Store(sums + 2 * count + c, c0, c1, c2, c3);
            Store(sums + 3 * count + c, d0, d1, d2, d3);
        }
    }

    // Of each register the lower half is used last: the compiler copies a register whose halves it needs in the other order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        byte* first, byte* second, nint at, Vector128<sbyte> v, Vector128<sbyte> w,
        ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> z)
    {
        Vector128<sbyte> x = Vector128.Load((sbyte*)first + at), y = Vector128.Load((sbyte*)second + at);
        Vector128<short> upper = AdvSimd.MultiplyWideningUpper(x, v), lower = AdvSimd.MultiplyWideningLower(x.GetLower(), v.GetLower());
        upper = AdvSimd.MultiplyWideningUpperAndAdd(upper, y, w);
        lower = AdvSimd.MultiplyWideningLowerAndAdd(lower, y.GetLower(), w.GetLower());
        Widen(lower, upper, ref s, ref t, ref u, ref z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        byte* tap, nint at, Vector128<sbyte> w, ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> z)
    {
        Vector128<sbyte> x = Vector128.Load((sbyte*)tap + at);
        Vector128<short> upper = AdvSimd.MultiplyWideningUpper(x, w), lower = AdvSimd.MultiplyWideningLower(x.GetLower(), w.GetLower());
        Widen(lower, upper, ref s, ref t, ref u, ref z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(
        Vector128<short> lower, Vector128<short> upper,
        ref Vector128<int> s, ref Vector128<int> t, ref Vector128<int> u, ref Vector128<int> z)
    {
        z = AdvSimd.AddWideningUpper(z, upper);
        u = AdvSimd.AddWideningLower(u, upper.GetLower());
        t = AdvSimd.AddWideningUpper(t, lower);
        s = AdvSimd.AddWideningLower(s, lower.GetLower());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Vector128<int> s, Vector128<int> t, Vector128<int> u, Vector128<int> z)
    {
        s.Store(sums);
        t.Store(sums + 4);
        u.Store(sums + 8);
        z.Store(sums + 12);
    }

    /// <summary>How many taps are added in 16 bits, known to the compiler.</summary>
    private interface IStep
    {
        static abstract int Taps { get; }
    }

    private readonly struct Singles : IStep { public static int Taps => 1; }

    private readonly struct Pairs : IStep { public static int Taps => 2; }
}
