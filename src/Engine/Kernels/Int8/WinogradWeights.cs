namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>
/// Weights of a 3x3 convolution after Winograd's transform, packed for <see cref="Int16Gemm"/>: for each panel of output channels and
/// each element of a tile a matrix of input channels x columns. They take 32/9 (<see cref="Winograd2"/>) or 72/9 (<see
/// cref="Winograd4"/>) bytes for each one of the file.
/// </summary>
internal sealed unsafe class WinogradWeights
{
    private const int Taps = 9;

    private readonly short* _packed;
    private readonly int _channels;
    private readonly int _outputs;

    /// <param name="source">Outputs x channels x 3 x 3.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="tile">Elements of a tile.</param>
    /// <param name="weights">Where packed weights are kept.</param>
    public WinogradWeights(sbyte[] source, int outputs, int tile, Weights weights)
    {
        (_outputs, _channels) = (outputs, source.Length / outputs / Taps);
        Depth = (_channels + Int16Gemm.DepthUnit - 1) / Int16Gemm.DepthUnit * Int16Gemm.DepthUnit;
        Panels = (outputs + Int16Gemm.Columns - 1) / Int16Gemm.Columns;
        Matrix = (nint)Depth * Int16Gemm.Columns;
        Panel = tile * Matrix;
        _packed = weights.Allocate<short>(Panels * Panel);
    }

    /// <summary>Input channels, rounded up.</summary>
    public int Depth { get; }

    public int Panels { get; }

    /// <summary>Elements of a matrix.</summary>
    public nint Matrix { get; }

    /// <summary>Elements of a panel: a matrix for each element of a tile.</summary>
    public nint Panel { get; }

    public short* At(int panel, int element) => _packed + panel * Panel + element * Matrix;

    public void Pack<T, TWinograd>(sbyte[] source) where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        if (source.Length < 100_000)
        {
            for (int panel = 0; panel < Panels; panel++) Pack<T, TWinograd>(source, panel);
        }
        else
        {
            Parallel.For(0, Panels, panel => Pack<T, TWinograd>(source, panel));
        }
    }

    private void Pack<T, TWinograd>(sbyte[] source, int panel) where T : unmanaged, IIntegerLanes<T> where TWinograd : IWinograd
    {
        int size = TWinograd.Inputs;
        short* rows = stackalloc short[2 * Taps * T.Count];
        T* window = stackalloc T[Taps], half = stackalloc T[size * 3], tile = stackalloc T[size * size];
        int columns = Math.Min(T.Count, _outputs - panel * T.Count);
        new Span<short>(rows, 2 * Taps * T.Count).Clear();
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
            for (int element = 0; element < size * size; element++) tile[element].Store(At(panel, element) + (nint)c * T.Count);
        }
    }
}
