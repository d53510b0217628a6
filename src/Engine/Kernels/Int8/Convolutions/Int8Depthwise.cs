using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// Convolution of each channel of 8-bit integers by itself. A piece is a block of channels of a strip of output columns and a band of
/// rows. The input rows that it needs are widened to 16 bits less the zero point, two rows interleaved, with zeros beside the image,
/// into planes in scratch memory that stay in the first-level cache; over them the inner loops (<see cref="DepthwiseRow"/>) know
/// neither borders nor zero points and do two taps of a vector of channels by one instruction.
/// </summary>
internal sealed unsafe class Int8Depthwise : Step
{
    // About 25 microseconds on a fast core.
    private const long PieceMultiplyAdds = 1_000_000;

    // A plane is a pair of rows of a strip; a 3x3 window sees two of them.
    private const int PlaneBytes = 12 * 1024;
    private const int SumBytes = 4 * 1024;

    // A cache line of data: so many channels at least, if there are, and more only where the image is narrow.
    private const int LineChannels = 64;

    // Strips share as many columns as a window has but one; narrower ones are not worth it.
    private const int FewestColumns = 16;

    private static readonly int Lanes = Cpu.Lanes;

    private readonly Int8Convolution _operands;
    private readonly WindowGeometry _geometry;
    private readonly TapPairs[] _taps;
    private readonly short* _weights;
    private readonly int _pairs;
    private readonly short* _zeroPairs;
    private readonly byte* _zeroPixel;
    private readonly int _channels;
    private readonly int _blockChannels;
    private readonly int _blocks;
    private readonly int _stripColumns;
    private readonly int _strips;
    private readonly int _bandRows;
    private readonly int _bands;
    private readonly int _rowsAtOnce;
    private readonly int _planes;
    private readonly int _planeColumns;
    private readonly int _left;
    private readonly bool _slides;

    public Int8Depthwise(Int8Convolution operands, Weights weights)
        : base(operands.Name, operands.Residual is null ? [operands.Data] : [operands.Data, operands.Residual], [operands.Output])
    {
        (_operands, _geometry, _channels) = (operands, operands.Geometry, operands.Geometry.Input[3]);
        _taps = [new TapPairs(_geometry, 0), new TapPairs(_geometry, 1)];
        _pairs = Math.Max(_taps[0].Count, _taps[1].Count);
        _planes = Math.Max(_taps[0].Rows, _taps[1].Rows);
        _left = _geometry.ColumnOf.Min();
        _slides = _geometry.StrideX == 1 && _taps[0].Are3x3 && _taps[1].Are3x3;

        int vectors = (_channels + Lanes - 1) / Lanes;
        int mostChannels = Math.Max(LineChannels, PlaneBytes / sizeof(int) / Math.Max(_geometry.Input[2], 1));
        _blocks = (vectors * Lanes + mostChannels - 1) / mostChannels;
        _blockChannels = (vectors + _blocks - 1) / _blocks * Lanes;
        int most = Math.Max(PlaneBytes / (_blockChannels * sizeof(int)) / _geometry.StrideX, FewestColumns);
        _strips = Math.Max((_geometry.Width + most - 1) / most, 1);
        _stripColumns = (_geometry.Width + _strips * DepthwiseRow.Unit - 1) / (_strips * DepthwiseRow.Unit) * DepthwiseRow.Unit;
        _planeColumns = checked((_stripColumns - 1) * _geometry.StrideX + _geometry.ColumnOf.Max() - _left + 1);
        long row = (long)_stripColumns * _blockChannels;
        _bandRows = (int)Math.Clamp(PieceMultiplyAdds / Math.Max(row * _geometry.RowOf.Length, 1), 1, Math.Max(_geometry.Height, 1));
        _bands = (_geometry.Height + _bandRows - 1) / _bandRows;
        _rowsAtOnce = _strips > 1 ? 1 : (int)Math.Clamp(SumBytes / Math.Max(row * sizeof(int), 1), 1, _bandRows);

        _weights = weights.Allocate<short>((long)vectors * 2 * _pairs * 2 * Lanes);
        _zeroPairs = weights.Allocate<short>((long)vectors * 2 * Lanes);
        _zeroPixel = weights.Allocate<byte>(vectors * Lanes);
        for (int c = 0; c < _channels; c++) _zeroPixel[c] = (byte)ZeroOf(c);
        Pack(vectors);
    }

    public override string Kernel => $"int8 depthwise {_operands.KernelHeight}x{_operands.KernelWidth} {Cpu.Name}";

    public override int Pieces => _geometry.Input[0] * _bands * _strips * _blocks;

    public override int ScratchBytes =>
        checked(_planes * PlaneSize + TableBytes + SumsOfVector * (_rowsAtOnce == 1 ? 1 : _blockChannels / Lanes) * sizeof(int));

    public override long MultiplyAdds => (long)_geometry.Pixels * _operands.Weights.Length;

    private int PlaneSize => _planeColumns * _blockChannels * sizeof(int);

    /// <summary>Sums of a vector of channels that are finished at once; rows are computed in whole units of columns.</summary>
    private int SumsOfVector => (_rowsAtOnce * _stripColumns + DepthwiseRow.Unit) * Lanes;

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

    /// <summary>For each vector of channels, each parity and each pair of taps, a vector of weights; and one of zero points.</summary>
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
            for (int lane = 0; lane < T.Count; lane++) first[lane] = ZeroOf(vector * T.Count + lane);
            T.Pairs(first, first).Store(_zeroPairs + vector * 2 * T.Count);
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

    private short ZeroOf(int channel) => channel < _channels ? (short)_operands.DataZero[channel % _operands.DataZero.Length] : (short)0;

    private short* WeightsOf(int vector, int parity) => _weights + ((long)vector * 2 + parity) * _pairs * 2 * Lanes;

    private void Execute<T>(int piece, byte* scratch) where T : unmanaged, IIntegerLanes<T>
    {
        // Blocks of channels of the same pixels follow each other.
        (piece, int block) = Math.DivRem(piece, _blocks);
        (piece, int strip) = Math.DivRem(piece, _strips);
        (int image, int band) = Math.DivRem(piece, _bands);
        int channel = block * _blockChannels, vectors = (Math.Min(_blockChannels, _channels - channel) + T.Count - 1) / T.Count;
        int x = strip * _stripColumns, columns = Math.Min(_stripColumns, _geometry.Width - x);
        int y = band * _bandRows, end = Math.Min(y + _bandRows, _geometry.Height);
        byte** table = (byte**)(scratch + _planes * PlaneSize);
        int* sums = (int*)(scratch + _planes * PlaneSize + TableBytes);
        int oldest = TopLine(y) >> 1, filled = oldest;
        for (int first = y; y < end; y++)
        {
            int line = TopLine(y), pair = line >> 1;
            TapPairs taps = _taps[line & 1];
            for (filled = Math.Max(filled, pair); filled < pair + taps.Rows; filled++)
                Fill<T>(image, filled, x, channel, vectors, scratch + (filled - oldest) % _planes * PlaneSize);
            for (int i = 0; i < taps.Count; i++)
            {
                (int row, int column) = taps.Places[i];
                table[i] = scratch + (pair + row - oldest) % _planes * PlaneSize + column * _blockChannels * sizeof(int);
            }
            bool isLast = y + 1 - first == _rowsAtOnce || y + 1 == end;
            for (int v = 0; v < vectors; v++)
            {
                int* vector = _rowsAtOnce == 1 ? sums : sums + v * SumsOfVector;
                Row<T>(table, taps.Count, channel, line & 1, v, columns, vector + (y - first) * columns * T.Count);
                if (isLast) Finish<T>(image, first, y + 1 - first, x, columns, channel + v * T.Count, vector);
            }
            if (isLast) first = y + 1;
        }
    }

    /// <summary>A row of outputs of a strip and a vector of channels.</summary>
    private void Row<T>(byte** taps, int count, int channel, int parity, int vector, int columns, int* sums)
        where T : unmanaged, IIntegerLanes<T>
    {
        nint step = (nint)_blockChannels * sizeof(int), offset = vector * T.Count * sizeof(int);
        short* weights = WeightsOf(channel / T.Count + vector, parity);
        if (_slides) DepthwiseRow.Windows3x3<T>(taps[0] + offset, taps[3] + offset, step, weights, sums, columns);
        else DepthwiseRow.Windows<T>(taps, offset, step * _geometry.StrideX, count, weights, sums, columns);
    }

    /// <summary>The row of the image in which the first tap of an output row lies; negative above the image.</summary>
    private int TopLine(int y) => y * _geometry.StrideY + _geometry.RowOf[0];

    private void Finish<T>(int image, int y, int rows, int x, int columns, int channel, int* sums) where T : unmanaged, IIntegerLanes<T>
    {
        long pixel = ((long)image * _geometry.Height + y) * _geometry.Width + x;
        int size = _operands.Epilogue.OutputSize, stride = _operands.Output.Stride, count = Math.Min(T.Count, _channels - channel);
        byte* output = _operands.Output.Data + (pixel * stride + channel) * size;
        byte* residual = _operands.Residual is { } other ? other.Data + pixel * other.Stride + channel : null;
        _operands.Epilogue.Rows(sums, T.Count, rows * columns, channel, count, residual, _operands.Residual?.Stride ?? 0, output, stride);
    }

    /// <summary>Rows 2 * pair and 2 * pair + 1 of some channels of an image, interleaved, 16 bits each, less the zero point.</summary>
    private void Fill<T>(int image, int pair, int x, int channel, int vectors, byte* plane) where T : unmanaged, IIntegerLanes<T>
    {
        Shape input = _geometry.Input;
        int width = input[2], pixel = _operands.Data.Stride, step = _blockChannels * sizeof(int);
        // Plane columns [first, end) are in the image.
        int left = x * _geometry.StrideX + _left;
        int first = Math.Clamp(-left, 0, _planeColumns), end = Math.Clamp(width - left, first, _planeColumns);
        byte* upper = LineOf(2 * pair, out int upperStep), lower = LineOf(2 * pair + 1, out int lowerStep);
        T* zeros = (T*)(_zeroPairs + 2 * channel);
        for (int v = 0; v < vectors; v++)
        {
            T zero = zeros[v];
            byte* to = plane + v * T.Count * sizeof(int);
            for (int column = 0; column < first; column++, to += step) default(T).Store(to);
            byte* a = upper + v * T.Count, b = lower + v * T.Count;
            for (int column = end - first; column > 0; column--, to += step, a += upperStep, b += lowerStep)
                T.Subtract16(T.Pairs(a, b), zero).Store(to);
            for (int column = end; column < _planeColumns; column++, to += step) default(T).Store(to);
        }

        byte* LineOf(int y, out int step)
        {
            bool inside = (uint)y < (uint)input[1];
            step = inside ? pixel : 0;
            if (!inside) return _zeroPixel + channel;
            return _operands.Data.Data + (((long)image * input[1] + y) * width + Math.Max(left, 0)) * pixel + channel;
        }
    }
}
