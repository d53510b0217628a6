using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// 3x3 convolution of 8-bit integers in steps of one, by Winograd's transform in integers: the sums are exactly those of the plain
/// convolution. A piece is a block of tiles of the output times a block of output channels; all that it makes stays in the second-level
/// cache: the tiles of the data, transformed, in 16 bits; for each element of a tile the product with its matrix of weights; the sums
/// of one row of tiles after another, transformed back.
/// </summary>
internal sealed unsafe class Int8Winograd : Step
{
    // What a piece keeps in the second-level cache.
    private const int PieceBytes = 448 * 1024;
    private const int SumBytes = 32 * 1024;

    // Multiply-adds of elements of tiles: 150 microseconds on a fast core; less where there would be few pieces.
    private const long MostProducts = 12_000_000;
    private const long FewestProducts = 2_000_000;
    private const int WantedPieces = 8;

    // Where the transforms pay, measured (docs/kernels.md). Fewer channels are not worth them;
    private const int FewestChannels = 8;

    // fewer tiles, of four outputs in each dimension or of two, are done before their weights have come from memory.
    private const int FewestLargeTiles = 10;
    private const int FewestSmallTiles = 20;

    private readonly Int8Convolution _operands;
    private readonly WindowGeometry _geometry;
    private readonly WinogradWeights _weights;
    private readonly int _outputs;
    private readonly int _inputs;
    private readonly byte* _zeroPixel;
    private readonly int _channels;
    private readonly int _tilesAcross;
    private readonly int _tiles;
    private readonly int _tilesOfPiece;
    private readonly int _tileBlocks;
    private readonly int _tilesOfRun;

    public Int8Winograd(Int8Convolution operands, Weights weights)
        : this(operands, OutputsOfTile(operands), weights)
    {
    }

    /// <param name="operands">A convolution of which <see cref="Suits"/> is true but for the speed.</param>
    /// <param name="outputs">Outputs of a tile in each dimension: 2 or 4.</param>
    /// <param name="weights">Where transformed weights are kept.</param>
    public Int8Winograd(Int8Convolution operands, int outputs, Weights weights)
        : base(operands.Name, operands.Residual is null ? [operands.Data] : [operands.Data, operands.Residual], [operands.Output])
    {
        (_operands, _geometry, _channels) = (operands, operands.Geometry, operands.Geometry.Input[3]);
        (_outputs, _inputs) = (outputs, outputs == Winograd4.Outputs ? Winograd4.Inputs : Winograd2.Inputs);
        _weights = new WinogradWeights(operands.Weights, _geometry.Output[3], _inputs * _inputs, weights);
        Pack();
        _zeroPixel = weights.Allocate<byte>(RowElements);
        new Span<byte>(_zeroPixel, _channels).Fill((byte)operands.DataZero[0]);

        _tilesAcross = (_geometry.Width + _outputs - 1) / _outputs;
        _tiles = _tilesAcross * ((_geometry.Height + _outputs - 1) / _outputs);

        long productsOfTile = (long)_inputs * _inputs * _channels * Width;
        long products = Math.Clamp(productsOfTile * _weights.Blocks * _tiles / WantedPieces, FewestProducts, MostProducts);
        long bytesOfTile = (long)_inputs * _inputs * (RowElements * sizeof(short) + Width * sizeof(int));
        // Blocks of nearly the same size, in whole tiles of the product.
        int most = (int)Math.Max(Math.Min(PieceBytes / bytesOfTile, products / productsOfTile) / Int16Gemm.Rows, 1) * Int16Gemm.Rows;
        int blocks = Math.Max((_tiles + most - 1) / most, 1), unit = Int16Gemm.Rows / 2;
        _tilesOfPiece = (_tiles + blocks * unit - 1) / (blocks * unit) * unit;
        _tileBlocks = (_tiles + _tilesOfPiece - 1) / _tilesOfPiece;
        _tilesOfRun = Math.Clamp(SumBytes / (_outputs * _outputs * Width * sizeof(int)), 1, _tilesOfPiece);
    }

    public override string Kernel => $"int8 winograd {_outputs}x{_outputs} {Cpu.Name}";

    public override int Pieces => _geometry.Input[0] * _tileBlocks * _weights.Blocks;

    public override long MultiplyAdds => (long)_geometry.Pixels * _operands.Weights.Length;

    public override int ScratchBytes => checked(
        _inputs * _inputs * (DataStep * sizeof(short) + ProductStep * sizeof(int))
        + _tilesOfRun * _outputs * _outputs * Width * sizeof(int));

    /// <summary>3x3 in steps of one, where it is exact and the quickest.</summary>
    public static bool Suits(Int8Convolution operands) => OutputsOfTile(operands) != 0;

    /// <summary>4, 2, or 0 where neither is exact or as fast as the plain convolution.</summary>
    public static int OutputsOfTile(Int8Convolution operands)
    {
        WindowGeometry geometry = operands.Geometry;
        int channels = geometry.Input[3], outputs = geometry.Output[3];
        bool plain = operands is { KernelHeight: 3, KernelWidth: 3, Groups: 1, DataZero.Length: 1 }
            && geometry is { StrideY: 1, StrideX: 1, StepY: 1, StepX: 1 }
            && geometry.RowOf[^1] - geometry.RowOf[0] == 2 && geometry.ColumnOf[^1] - geometry.ColumnOf[0] == 2;
        // SDOT makes sixteen products at once where these instructions make four, and needs no transforms.
        if (!plain || Cpu.HasDotProduct || channels < FewestChannels || outputs < FewestChannels) return 0;

        long bound = LargestSum(operands);
        if (bound < Winograd4.Limit && Tiles(Winograd4.Outputs) >= FewestLargeTiles) return Winograd4.Outputs;
        return bound < Winograd2.Limit && Tiles(Winograd2.Outputs) >= FewestSmallTiles ? Winograd2.Outputs : 0;

        int Tiles(int size) => (geometry.Height + size - 1) / size * ((geometry.Width + size - 1) / size);
    }

    /// <summary>No sum of any data is larger in magnitude.</summary>
    public static long LargestSum(Int8Convolution operands)
    {
        // How far data lie from their zero point, below and above.
        int below = operands.DataZero[0] - (Cpu.Int8Data == ElementType.Int8 ? sbyte.MinValue : 0), above = byte.MaxValue - below;
        long largest = 0;
        int length = operands.Weights.Length / operands.Geometry.Output[3];
        for (int at = 0; at < operands.Weights.Length; at += length)
        {
            long positive = 0, negative = 0;
            foreach (sbyte weight in operands.Weights.AsSpan(at, length))
            {
                if (weight > 0) positive += weight;
                else negative -= weight;
            }
            largest = Math.Max(largest, Math.Max(above * positive + below * negative, below * positive + above * negative));
        }
        return largest;
    }

    /// <summary>Columns of a piece.</summary>
    private int Width => _weights.PanelsOfBlock * Int16Gemm.Columns;

    /// <summary>Whether vectors of half the width waste less on the last channels.</summary>
    private bool NarrowData => Cpu.HasAvx512 && (_channels - 1) % 32 < 16;

    /// <summary>16-bit integers of one element of a tile: the channels, in whole vectors.</summary>
    private int RowElements
    {
        get
        {
            int vector = NarrowData ? Cpu.Lanes : 2 * Cpu.Lanes;
            return (_channels + vector - 1) / vector * vector;
        }
    }

    // One line more, so that the elements of a tile do not all fall into the same set of the cache.
    private int DataStep => _tilesOfPiece * RowElements + 32;

    private int ProductStep => _tilesOfPiece * Width + 16;

    public override void Execute(int piece, byte* scratch)
    {
        if (_outputs == Winograd4.Outputs) Execute<Winograd4>(piece, scratch);
        else Execute<Winograd2>(piece, scratch);
    }

    private void Execute<TWinograd>(int piece, byte* scratch) where TWinograd : IWinograd
    {
        if (Cpu.Lanes >= 16) Execute<IntegerLanes16, TWinograd>(piece, scratch);
        else if (Cpu.Lanes >= 8) Execute<IntegerLanes8, TWinograd>(piece, scratch);
        else if (Cpu.Lanes >= 4) Execute<IntegerLanes4, TWinograd>(piece, scratch);
        else Execute<IntegerLanes1, TWinograd>(piece, scratch);
    }

    private void Pack()
    {
        if (_outputs == Winograd4.Outputs) Pack<Winograd4>();
        else Pack<Winograd2>();
    }

    private void Pack<TWinograd>() where TWinograd : IWinograd
    {
        if (Cpu.Lanes >= 16) _weights.Pack<IntegerLanes16, TWinograd>(_operands.Weights);
        else if (Cpu.Lanes >= 8) _weights.Pack<IntegerLanes8, TWinograd>(_operands.Weights);
        else if (Cpu.Lanes >= 4) _weights.Pack<IntegerLanes4, TWinograd>(_operands.Weights);
        else _weights.Pack<IntegerLanes1, TWinograd>(_operands.Weights);
    }

    private void Execute<T, TWinograd>(int piece, byte* scratch) where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        // Pieces with the same weights follow each other.
        (piece, int tileBlock) = Math.DivRem(piece, _tileBlocks);
        (int block, int image) = Math.DivRem(piece, _geometry.Input[0]);
        int tile = tileBlock * _tilesOfPiece, tiles = Math.Min(_tilesOfPiece, _tiles - tile);
        int panels = _weights.PanelsOf(block);
        short* data = (short*)scratch;
        int* products = (int*)(data + (long)_inputs * _inputs * DataStep);
        int* sums = products + (long)_inputs * _inputs * ProductStep;

        if (NarrowData) TransformData<IntegerLanes8, TWinograd>(image, tile, tiles, data);
        else TransformData<T, TWinograd>(image, tile, tiles, data);
        int rows = (tiles + Int16Gemm.Rows / 2 - 1) / (Int16Gemm.Rows / 2) * (Int16Gemm.Rows / 2);
        for (int element = 0; element < _inputs * _inputs; element++)
        {
            Int16Gemm.Multiply(
                data + (long)element * DataStep, RowElements, rows, _weights.Depth, _weights.At(block, element), panels,
                products + (long)element * ProductStep, Width);
        }
        int run;
        for (int first = 0; first < tiles; first += run)
        {
            run = Math.Min(Math.Min(_tilesOfRun, tiles - first), _tilesAcross - (tile + first) % _tilesAcross);
            TransformSums<T, TWinograd>(products + (long)first * Width, run, panels * Int16Gemm.Columns, sums);
            Finish(image, tile + first, run, block * Width, panels * Int16Gemm.Columns, sums);
        }
    }

    /// <summary>For each tile and each of its elements the channels, in 16 bits.</summary>
    private void TransformData<T, TWinograd>(int image, int tile, int count, short* to)
        where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        int size = TWinograd.Inputs, step = DataStep / (2 * T.Count);
        byte** pixels = stackalloc byte*[TWinograd.Inputs * TWinograd.Inputs];
        T* half = stackalloc T[TWinograd.Inputs * TWinograd.Inputs];
        T zero = T.Of((short)_operands.DataZero[0]);
        for (int i = 0; i < count; i++, to += RowElements)
        {
            FindPixels(image, tile + i, pixels);
            for (int c = 0; c < _channels; c += 2 * T.Count)
            {
                for (int column = 0; column < TWinograd.Inputs; column++)
                    TWinograd.Data(new WidenedPixels<T>(pixels + column, size, c, zero), half + column, size);
                T* result = (T*)(to + c);
                for (int row = 0; row < TWinograd.Inputs; row++)
                    TWinograd.Data(new Strided<T>(half + row * size, 1), result + (nint)row * size * step, step);
            }
        }
    }

    /// <summary>Where the pixels of a tile are: in the image, or beside it.</summary>
    private void FindPixels(int image, int tile, byte** pixels)
    {
        Shape input = _geometry.Input;
        int top = tile / _tilesAcross * _outputs + _geometry.RowOf[0], left = tile % _tilesAcross * _outputs + _geometry.ColumnOf[0];
        nint pixel = _operands.Data.Stride;
        byte* start = _operands.Data.Data + (nint)image * input[1] * input[2] * pixel;
        for (int y = top; y < top + _inputs; y++)
        {
            bool inside = (uint)y < (uint)input[1];
            byte* row = start + (nint)y * input[2] * pixel;
            for (int x = left; x < left + _inputs; x++) *pixels++ = inside && (uint)x < (uint)input[2] ? row + x * pixel : _zeroPixel;
        }
    }

    /// <summary>From products to sums: rows of pixels of a row of tiles.</summary>
    private void TransformSums<T, TWinograd>(int* products, int tiles, int columns, int* sums)
        where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        int size = TWinograd.Inputs, step = ProductStep / T.Count, width = Width, rowOfSums = tiles * TWinograd.Outputs * width;
        T* half = stackalloc T[TWinograd.Inputs * TWinograd.Outputs];
        for (int tile = 0; tile < tiles; tile++, products += width, sums += TWinograd.Outputs * width)
        {
            for (int column = 0; column < columns; column += T.Count)
            {
                T* x = (T*)(products + column);
                for (int i = 0; i < TWinograd.Inputs; i++) TWinograd.Columns(x + (nint)i * step, size * step, half + i, size);
                for (int row = 0; row < TWinograd.Outputs; row++)
                    TWinograd.Row(half + row * size, sums + (nint)row * rowOfSums + column, width);
            }
        }
    }

    private void Finish(int image, int tile, int run, int channel, int columns, int* sums)
    {
        int y = tile / _tilesAcross * _outputs, x = tile % _tilesAcross * _outputs;
        int pixels = Math.Min(run * _outputs, _geometry.Width - x), count = Math.Min(columns, _geometry.Output[3] - channel);
        for (int end = Math.Min(y + _outputs, _geometry.Height); y < end; y++, sums += run * _outputs * Width)
        {
            long pixel = ((long)image * _geometry.Height + y) * _geometry.Width + x;
            byte* output = _operands.Output.Data + (pixel * _operands.Output.Stride + channel) * _operands.Epilogue.OutputSize;
            byte* residual = _operands.Residual is { } other ? other.Data + pixel * other.Stride + channel : null;
            _operands.Epilogue.Rows(
                sums, Width, pixels, channel, count, residual, _operands.Residual?.Stride ?? 0, output, _operands.Output.Stride);
        }
    }
}
