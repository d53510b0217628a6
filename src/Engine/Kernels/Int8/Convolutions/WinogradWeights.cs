using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Convolutions;

/// <summary>
/// Weights of a 3x3 convolution after Winograd's transform, packed for <see cref="Int16Gemm"/>: for each block of output channels and each
/// element of a tile a matrix of input channels x columns, so that a piece reads straight through. They take 32/9 (<see cref="Winograd2"/>)
/// or 72/9 (<see cref="Winograd4"/>) bytes for each one of the file.
/// </summary>
internal sealed unsafe class WinogradWeights
{
    private const int Taps = 9;

    // Output channels of a block; up to the second number all are one.
    private const int BlockColumns = 64;
    private const int MostColumns = 96;

    private readonly short* _packed;
    private readonly int _channels;
    private readonly int _outputs;
    private readonly int _elements;
    private readonly int _panels;

    /// <param name="source">Outputs x channels x 3 x 3.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="elements">Elements of a tile.</param>
    /// <param name="weights">Where packed weights are kept.</param>
    public WinogradWeights(sbyte[] source, int outputs, int elements, Weights weights)
    {
        (_outputs, _channels, _elements) = (outputs, source.Length / outputs / Taps, elements);
        Depth = (_channels + Int16Gemm.DepthUnit - 1) / Int16Gemm.DepthUnit * Int16Gemm.DepthUnit;
        _panels = (outputs + Int16Gemm.Columns - 1) / Int16Gemm.Columns;
        PanelsOfBlock = outputs <= MostColumns ? _panels : BlockColumns / Int16Gemm.Columns;
        _packed = weights.Allocate<short>((long)_panels * elements * Matrix);
    }

    /// <summary>Input channels, rounded up.</summary>
    public int Depth { get; }

    /// <summary>Panels of <see cref="Int16Gemm.Columns"/> columns in a block; the last block may have fewer.</summary>
    public int PanelsOfBlock { get; }

    public int Blocks => (_panels + PanelsOfBlock - 1) / PanelsOfBlock;

    /// <summary>Elements of a panel of one matrix.</summary>
    private nint Matrix => (nint)Depth * Int16Gemm.Columns;

    public int PanelsOf(int block) => Math.Min(PanelsOfBlock, _panels - block * PanelsOfBlock);

    /// <summary>The matrix of a block of output channels and an element of a tile.</summary>
    public short* At(int block, int element) =>
        _packed + ((nint)block * PanelsOfBlock * _elements + (nint)element * PanelsOf(block)) * Matrix;

    public void Pack<T, TWinograd>(sbyte[] source) where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        for (int panel = 0; panel < _panels; panel++) Pack<T, TWinograd>(source, panel);
    }

    private void Pack<T, TWinograd>(sbyte[] source, int panel) where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        int size = TWinograd.Inputs;
        short* rows = stackalloc short[2 * Taps * T.Count];
        T* window = stackalloc T[Taps], half = stackalloc T[size * 3], tile = stackalloc T[size * size];
        int columns = Math.Min(T.Count, _outputs - panel * T.Count);
        new Span<short>(rows, 2 * Taps * T.Count).Clear();
        // Two panels lie vector by vector beside each other.
        (int block, int inBlock) = Math.DivRem(panel, PanelsOfBlock);
        int beside = Math.Min(2, PanelsOf(block) - inBlock / 2 * 2);
        nint first = inBlock / 2 * 2 * Matrix + inBlock % 2 * 2 * T.Count;
        for (int c = 0; c < _channels; c += 2)
        {
            for (int column = 0; column < columns; column++)
            {
                int at = ((panel * T.Count + column) * _channels + c) * Taps;
                for (int tap = 0; tap < Taps; tap++)
                {
                    rows[2 * tap * T.Count + column] = source[at + tap];
                    rows[(2 * tap + 1) * T.Count + column] = c + 1 < _channels ? source[at + Taps + tap] : (short)0;
                }
            }
            for (int tap = 0; tap < Taps; tap++) window[tap] = T.Pairs(rows + 2 * tap * T.Count, rows + (2 * tap + 1) * T.Count);
            for (int x = 0; x < 3; x++) TWinograd.Weights(window + x, 3, half + x, 3);
            for (int y = 0; y < size; y++) TWinograd.Weights(half + 3 * y, 1, tile + size * y, 1);
            for (int element = 0; element < size * size; element++)
                tile[element].Store(At(block, element) + first + (nint)c * beside * T.Count);
        }
    }
}
