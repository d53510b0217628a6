using System.Runtime.CompilerServices;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>
/// The product of matrices, as everything that multiplies and adds uses it: a tile of <see cref="Rows"/> x <see cref="Columns"/> sums that
/// stay in registers. Rows of A are wherever pointers say (so that a convolution needs no copy of its windows); B is packed in panels of
/// <see cref="Columns"/> columns. Every sum is made in the order of k by fused multiply-add, starting from the bias: different sums lie in
/// different lanes, so all kernels give the bits of the scalar one, which is the specification.
/// </summary>
internal static unsafe partial class Gemm
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    /// <summary>Columns of a tile, which is the width of a packed panel.</summary>
    public static readonly int Columns = Cpu.HasAvx2 ? 16 : 8;

    public static readonly string Name = $"{Rows}x{Columns} {(Cpu.HasAvx512 ? "avx512" : Cpu.HasAvx2 ? "avx2" : Cpu.HasNeon ? "neon" : Cpu.HasVector128 ? "vector128" : "scalar")}";

    /// <summary>
    /// One tile: for each row r and column j, c[r, j] = start + sum over taps t and k of a[t * Rows + r][offset + k] * panel[(t * depth +
    /// k) * Columns + j], where start is bias[j], or what c holds when there is no bias.
    /// </summary>
    /// <param name="a">Rows pointers for each tap.</param>
    /// <param name="taps">How many pieces each row of A falls into: the taps of a convolution's window, 1 for a plain product.</param>
    /// <param name="offset">Elements to skip in each piece.</param>
    /// <param name="depth">Elements of each piece.</param>
    /// <param name="panel">taps x depth x Columns elements of B.</param>
    /// <param name="bias">Columns start values, or null to go on from the sums in c.</param>
    /// <param name="c">The sums, Rows x Columns, or fewer.</param>
    /// <param name="stride">Elements from one row of c to the next.</param>
    /// <param name="rows">Rows to compute, 1 to Rows.</param>
    /// <param name="columns">Columns to read and write in c, 1 to Columns.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Tile(
        float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows, int columns)
    {
        if (Cpu.HasAvx512) Tile512(a, taps, offset, depth, panel, bias, c, stride, rows, columns);
        else if (columns == Columns) FullTile(a, taps, offset, depth, panel, bias, c, stride, rows);
        else NarrowTile(a, taps, offset, depth, panel, bias, c, stride, rows, columns);
    }

    private static void FullTile(float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows)
    {
        if (Cpu.HasAvx2) Tile256(a, taps, offset, depth, panel, bias, c, stride, rows);
        else if (Cpu.HasVector128) Tile128(a, taps, offset, depth, panel, bias, c, stride, rows);
        else TileScalar(a, taps, offset, depth, panel, bias, c, stride, rows);
    }

    /// <summary>The last panel is narrower than the registers: a copy on the stack stands in for c.</summary>
    [SkipLocalsInit]
    private static void NarrowTile(
        float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows, int columns)
    {
        float* copy = stackalloc float[Rows * 16];
        if (bias == null)
        {
            for (int r = 0; r < rows; r++)
                new ReadOnlySpan<float>(c + r * stride, columns).CopyTo(new Span<float>(copy + r * Columns, columns));
        }
        FullTile(a, taps, offset, depth, panel, bias, copy, Columns, rows);
        for (int r = 0; r < rows; r++)
            new ReadOnlySpan<float>(copy + r * Columns, columns).CopyTo(new Span<float>(c + r * stride, columns));
    }
}
