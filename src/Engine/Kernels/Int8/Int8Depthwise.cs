using System.Runtime.CompilerServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// Convolution of each channel of 8-bit integers by itself. A piece is a band of output rows of a block of channels. The input rows
/// that it needs are widened to 16 bits less the zero point, two rows interleaved, with zeros beside the image, into planes in scratch
/// memory that stay in the first-level cache; over them the inner loop knows neither borders nor zero points and does two taps of a
/// vector of channels by one instruction.
/// </summary>
internal sealed unsafe class Int8Depthwise : Step
{
    // About 25 microseconds on a fast core.
    private const long PieceMultiplyAdds = 1_000_000;

    // A plane is a pair of rows; a 3x3 window sees two of them.
    private const int PlaneBytes = 8 * 1024;
    private const int SumBytes = 16 * 1024;

    // Output columns of a block of the inner loop; a row is rounded up to a multiple of the smaller.
    private const int WideBlock = 8;
    private const int NarrowBlock = 4;

    private static readonly int Lanes = Cpu.Lanes;

    private readonly Int8Convolution _operands;
    private readonly WindowGeometry _geometry;
    private readonly TapPairs[] _taps;
    private readonly short* _weights;
    private readonly int _pairs;
    private readonly short* _zeros;
    private readonly byte* _zeroPixel;
    private readonly int _channels;
    private readonly int _blockChannels;
    private readonly int _blocks;
    private readonly int _bandRows;
    private readonly int _bands;
    private readonly int _stripRows;
    private readonly int _planes;
    private readonly int _planeColumns;
    private readonly int _left;

    public Int8Depthwise(Int8Convolution operands, Weights weights)
        : base(operands.Name, operands.Residual is null ? [operands.Data] : [operands.Data, operands.Residual], [operands.Output])
    {
        (_operands, _geometry, _channels) = (operands, operands.Geometry, operands.Geometry.Input[3]);
        _taps = [new TapPairs(_geometry, 0), new TapPairs(_geometry, 1)];
        _pairs = Math.Max(_taps[0].Count, _taps[1].Count);
        _planes = Math.Max(_taps[0].Rows, _taps[1].Rows);
        _left = _geometry.ColumnOf.Min();
        int columns = (_geometry.Width + NarrowBlock - 1) / NarrowBlock * NarrowBlock;
        _planeColumns = checked((columns - 1) * _geometry.StrideX + _geometry.ColumnOf.Max() - _left + 1);

        int vectors = (_channels + Lanes - 1) / Lanes;
        int vectorsOfBlock = Math.Clamp(PlaneBytes / checked(_planeColumns * Lanes * sizeof(int)), 1, vectors);
        _blocks = (vectors + vectorsOfBlock - 1) / vectorsOfBlock;
        _blockChannels = (vectors + _blocks - 1) / _blocks * Lanes;
        long row = (long)_geometry.Width * Math.Min(_blockChannels, _channels);
        _bandRows = (int)Math.Clamp(PieceMultiplyAdds / Math.Max(row * _geometry.RowOf.Length, 1), 1, Math.Max(_geometry.Height, 1));
        _bands = (_geometry.Height + _bandRows - 1) / _bandRows;
        _stripRows = (int)Math.Clamp(SumBytes / Math.Max(row * sizeof(int), 1), 1, _bandRows);

        _weights = weights.Allocate<short>((long)vectors * 2 * _pairs * 2 * Lanes);
        _zeros = weights.Allocate<short>((long)vectors * Lanes);
        _zeroPixel = weights.Allocate<byte>(vectors * Lanes);
        for (int c = 0; c < _channels; c++)
        {
            _zeros[c] = (short)operands.DataZero[c % operands.DataZero.Length];
            _zeroPixel[c] = (byte)_zeros[c];
        }
        Pack(vectors);
    }

    public override string Kernel => $"int8 depthwise {_operands.KernelHeight}x{_operands.KernelWidth} {Cpu.Name}";

    public override int Pieces => _geometry.Input[0] * _blocks * _bands;

    public override int ScratchBytes =>
        checked(_planes * PlaneSize + TableBytes + (_stripRows * _geometry.Width + NarrowBlock) * _blockChannels * sizeof(int));

    public override long MultiplyAdds => (long)_geometry.Pixels * _operands.Weights.Length;

    private int PlaneSize => _planeColumns * _blockChannels * sizeof(int);

    private int TableBytes => (_pairs * sizeof(byte*) + 63) / 64 * 64;

    /// <summary>As many groups as input and output channels, and an output that is stored as one image.</summary>
    public static bool Suits(Int8Convolution operands) =>
        operands.Groups == operands.Geometry.Input[3] && operands.Groups == operands.Geometry.Output[3]
        && operands.Geometry is { StepY: 1, StepX: 1 } && operands.Weights.Length > 0;

    public override void Execute(int piece, byte* scratch)
    {
        if (Lanes >= 16) Execute<IntegerLanes16>(piece, scratch);
        else if (Lanes >= 8) Execute<IntegerLanes8>(piece, scratch);
        else if (Lanes >= 4) Execute<IntegerLanes4>(piece, scratch);
        else Execute<IntegerLanes1>(piece, scratch);
    }

    /// <summary>For each vector of channels, each parity and each pair of taps, a vector of weights.</summary>
    private void Pack(int vectors)
    {
        if (Lanes >= 16) Pack<IntegerLanes16>(vectors);
        else if (Lanes >= 8) Pack<IntegerLanes8>(vectors);
        else if (Lanes >= 4) Pack<IntegerLanes4>(vectors);
        else Pack<IntegerLanes1>(vectors);
    }

    private void Pack<T>(int vectors) where T : unmanaged, IIntegerLanes<T>
    {
        short* first = stackalloc short[T.Count], second = stackalloc short[T.Count];
        int taps = _geometry.RowOf.Length;
        for (int vector = 0; vector < vectors; vector++)
        {
            for (int parity = 0; parity < 2; parity++)
            {
                for (int pair = 0; pair < _taps[parity].Count; pair++)
                {
                    for (int lane = 0; lane < T.Count; lane++)
                    {
                        int c = vector * T.Count + lane;
                        if (c >= _channels) (first[lane], second[lane]) = (0, 0);
                        else (first[lane], second[lane]) = _taps[parity].Weights(pair, _operands.Weights.AsSpan(c * taps, taps));
                    }
                    T.Pairs(first, second).Store(WeightsOf(vector, parity) + pair * 2 * T.Count);
                }
            }
        }
    }

    private short* WeightsOf(int vector, int parity) => _weights + ((long)vector * 2 + parity) * _pairs * 2 * Lanes;

    private void Execute<T>(int piece, byte* scratch) where T : unmanaged, IIntegerLanes<T>
    {
        int image = piece / _bands / _blocks, channel = piece / _bands % _blocks * _blockChannels;
        int y = piece % _bands * _bandRows, end = Math.Min(y + _bandRows, _geometry.Height);
        int vectors = (Math.Min(_blockChannels, _channels - channel) + T.Count - 1) / T.Count;
        byte** table = (byte**)(scratch + _planes * PlaneSize);
        int* sums = (int*)(scratch + _planes * PlaneSize + TableBytes);
        int oldest = TopLine(y) >> 1, filled = oldest;
        for (int strip = y; y < end; y++)
        {
            int line = TopLine(y), pair = line >> 1;
            TapPairs taps = _taps[line & 1];
            for (filled = Math.Max(filled, pair); filled < pair + taps.Rows; filled++)
                Fill<T>(image, filled, channel, vectors, scratch + (filled - oldest) % _planes * PlaneSize);
            for (int i = 0; i < taps.Count; i++)
            {
                (int row, int column) = taps.Places[i];
                table[i] = scratch + (pair + row - oldest) % _planes * PlaneSize + column * _blockChannels * sizeof(int);
            }
            int* rowSums = sums + (y - strip) * _geometry.Width * _blockChannels;
            for (int v = 0; v < vectors; v++)
                Row<T>(table, v * T.Count * sizeof(int), taps.Count, WeightsOf(channel / T.Count + v, line & 1), rowSums + v * T.Count);
            if (y + 1 - strip != _stripRows && y + 1 != end) continue;
            Finish(image, strip, y + 1 - strip, channel, sums);
            strip = y + 1;
        }
    }

    /// <summary>The row of the image in which the first tap of an output row lies; negative above the image.</summary>
    private int TopLine(int y) => y * _geometry.StrideY + _geometry.RowOf[0];

    private void Finish(int image, int y, int rows, int channel, int* sums)
    {
        long pixel = ((long)image * _geometry.Height + y) * _geometry.Width;
        int size = _operands.Epilogue.OutputSize, stride = _operands.Output.Stride, count = Math.Min(_blockChannels, _channels - channel);
        byte* output = _operands.Output.Data + (pixel * stride + channel) * size;
        byte* residual = _operands.Residual is { } other ? other.Data + pixel * other.Stride + channel : null;
        _operands.Epilogue.Rows(
            sums, _blockChannels, rows * _geometry.Width, channel, count, residual, _operands.Residual?.Stride ?? 0, output, stride);
    }

    /// <summary>Rows 2 * pair and 2 * pair + 1 of some channels of an image, interleaved, 16 bits each, less the zero point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill<T>(int image, int pair, int channel, int vectors, byte* plane) where T : unmanaged, IIntegerLanes<T>
    {
        Shape input = _geometry.Input;
        int width = input[2], pixel = _operands.Data.Stride, step = _blockChannels * sizeof(int);
        // Plane columns [first, end) are in the image.
        int first = Math.Clamp(-_left, 0, _planeColumns), end = Math.Clamp(width - _left, first, _planeColumns);
        byte* upper = LineOf(2 * pair, out int upperStep), lower = LineOf(2 * pair + 1, out int lowerStep);
        for (int v = 0; v < vectors; v++)
        {
            T zero = T.Pairs(_zeros + channel + v * T.Count, _zeros + channel + v * T.Count);
            byte* to = plane + v * T.Count * sizeof(int);
            for (int column = 0; column < first; column++, to += step) default(T).Store(to);
            byte* a = upper + v * T.Count, b = lower + v * T.Count;
            for (int column = first; column < end; column++, to += step, a += upperStep, b += lowerStep)
                T.Subtract16(T.Pairs(a, b), zero).Store(to);
            for (int column = end; column < _planeColumns; column++, to += step) default(T).Store(to);
        }

        byte* LineOf(int y, out int step)
        {
            bool inside = (uint)y < (uint)input[1];
            step = inside ? pixel : 0;
            if (!inside) return _zeroPixel + channel;
            return _operands.Data.Data + (((long)image * input[1] + y) * width + Math.Max(_left, 0)) * pixel + channel;
        }
    }

    /// <summary>A row of outputs of one vector of channels.</summary>
    private void Row<T>(byte** taps, nint offset, int count, short* weights, int* sums) where T : unmanaged, IIntegerLanes<T>
    {
        nint step = (nint)_geometry.StrideX * _blockChannels * sizeof(int);
        int x = 0;
        for (; x < _geometry.Width - NarrowBlock; x += WideBlock)
            Wide<T>(taps, offset + x * step, step, count, weights, sums + x * _blockChannels, _blockChannels);
        if (x < _geometry.Width) Narrow<T>(taps, offset + x * step, step, count, weights, sums + x * _blockChannels, _blockChannels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide<T>(byte** taps, nint offset, nint step, int count, short* weights, int* sums, nint stride)
        where T : unmanaged, IIntegerLanes<T>
    {
        T s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        nint three = 3 * step;
        for (int i = 0; i < count; i++, weights += 2 * T.Count)
        {
            T w = T.Load(weights);
            byte* x = taps[i] + offset, y = x + 4 * step;
            s0 = T.MultiplyAdd(T.Load(x), w, s0);
            s1 = T.MultiplyAdd(T.Load(x + step), w, s1);
            s2 = T.MultiplyAdd(T.Load(x + 2 * step), w, s2);
            s3 = T.MultiplyAdd(T.Load(x + three), w, s3);
            s4 = T.MultiplyAdd(T.Load(y), w, s4);
            s5 = T.MultiplyAdd(T.Load(y + step), w, s5);
            s6 = T.MultiplyAdd(T.Load(y + 2 * step), w, s6);
            s7 = T.MultiplyAdd(T.Load(y + three), w, s7);
        }
        s0.Store(sums);
        s1.Store(sums + stride);
        s2.Store(sums + 2 * stride);
        s3.Store(sums + 3 * stride);
        s4.Store(sums + 4 * stride);
        s5.Store(sums + 5 * stride);
        s6.Store(sums + 6 * stride);
        s7.Store(sums + 7 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow<T>(byte** taps, nint offset, nint step, int count, short* weights, int* sums, nint stride)
        where T : unmanaged, IIntegerLanes<T>
    {
        T s0 = default, s1 = default, s2 = default, s3 = default;
        nint three = 3 * step;
        for (int i = 0; i < count; i++, weights += 2 * T.Count)
        {
            T w = T.Load(weights);
            byte* x = taps[i] + offset;
            s0 = T.MultiplyAdd(T.Load(x), w, s0);
            s1 = T.MultiplyAdd(T.Load(x + step), w, s1);
            s2 = T.MultiplyAdd(T.Load(x + 2 * step), w, s2);
            s3 = T.MultiplyAdd(T.Load(x + three), w, s3);
        }
        s0.Store(sums);
        s1.Store(sums + stride);
        s2.Store(sums + 2 * stride);
        s3.Store(sums + 3 * stride);
    }
}
