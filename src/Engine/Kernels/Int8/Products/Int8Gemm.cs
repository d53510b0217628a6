using System.Runtime.CompilerServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// The product of matrices of 8-bit integers: a tile of <see cref="Rows"/> x <see cref="Columns"/> 32-bit sums that stay in registers.
/// Rows of A are wherever pointers say; B is packed in panels, four k of each column side by side (see <see cref="Int8Panels"/>), so that
/// a vector holds four k of as many columns as it has 32-bit lanes. All kernels are exact, so they give the integers of the scalar one,
/// which is the specification.
/// </summary>
internal static unsafe partial class Int8Gemm
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 8;

    /// <summary>Columns of a tile, which is the width of a packed panel.</summary>
    public static readonly int Columns = Cpu.HasVnni ? 16 : Cpu.HasAvx512 ? 32 : Cpu.HasAvx2 ? 16 : 8;

    /// <summary>Columns of the last panel when no more are left: what one register holds.</summary>
    public static readonly int FewColumns = Cpu.HasAvx512 && !Cpu.HasVnni ? 16 : 8;

    public static readonly string Name = $"{Rows}x{Columns} {(Cpu.HasDotProduct ? "dot product" : Cpu.HasVnni ? "vnni" : Cpu.Name)}";

    /// <summary>
    /// Rows by one panel, tile after tile: for each row r and column j, sums[r, j] = start[j] + sum over pieces p and k &lt; length of
    /// a[(r / Rows * pieces + p) * Rows + r % Rows][k] * panel[((p * length + k) / 4 * columns + j) * 4 + k % 4].
    /// </summary>
    /// <param name="a">For each tile, Rows pointers for each piece; <paramref name="length"/> bytes are read at each, whatever their worth
    /// where the panel has zeros.</param>
    /// <param name="pieces">How many pieces each row of A falls into.</param>
    /// <param name="length">Elements of a piece, a multiple of 4.</param>
    /// <param name="panel">pieces x length / 4 x columns x 4 elements of B.</param>
    /// <param name="columns"><see cref="Columns"/> or <see cref="FewColumns"/>.</param>
    /// <param name="chain">What the panel's weights prove (<see cref="Int8Panels.Chain"/>).</param>
    /// <param name="start">One value per column.</param>
    /// <param name="sums">Rows x columns.</param>
    /// <param name="stride">Elements from one row of sums to the next.</param>
    /// <param name="rows">Rows to compute.</param>
    public static void Multiply(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows)
    {
        // These have the loop over tiles inside, where it costs less: short sums are soon made.
        if (!Cpu.HasVnni && Cpu.HasAvx512)
        {
            Multiply512(a, pieces, length, panel, columns, chain, start, sums, stride, rows);
            return;
        }
        if (!Cpu.HasVnni && Cpu.HasAvx2)
        {
            Multiply256(a, pieces, length, panel, columns, chain, start, sums, stride, rows);
            return;
        }
        if (Cpu.HasDotProduct)
        {
            MultiplyDotProduct(a, pieces, length, panel, start, sums, stride, rows);
            return;
        }
        if (ReadsColumns(chain))
        {
            MultiplyColumns(a, pieces, length, panel, chain, start, sums, stride, rows);
            return;
        }
        for (; rows > 0; rows -= Rows, a += Rows * pieces, sums += Rows * stride)
            Tile(a, pieces, length, panel, columns, chain, start, sums, stride, Math.Min(Rows, rows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows)
    {
        bool signed = Cpu.Int8Data == ElementType.Int8;
        if (Cpu.HasVnni) TileVnni<Vnni>(a, pieces, length, panel, columns, start, sums, stride, rows);
        else if (Cpu.HasNeon) TileNeon(a, pieces, length, panel, start, sums, stride, rows);
        else if (Cpu.HasVector128) Tile128(a, signed, pieces, length, panel, start, sums, stride, rows);
        else TileScalar(a, signed, pieces, length, panel, columns, start, sums, stride, rows);
    }

    /// <summary>
    /// Whether panels whose weights prove nothing (<paramref name="chain"/> 0) are multiplied by <see cref="MultiplyWide"/> rather than by
    /// <see cref="Multiply"/>.
    /// </summary>
    public static bool IsWide(int chain) => Cpu.HasAvx2 && !Cpu.HasVnni && chain == 0;

    /// <summary>As <see cref="Multiply"/>, of rows that <see cref="Widen"/> has written one after the other.</summary>
    /// <param name="a">The first row.</param>
    /// <param name="aStride">Words from one row to the next.</param>
    /// <param name="length">Words of a row.</param>
    /// <param name="panel">length / 4 x columns x 4 elements of B.</param>
    /// <param name="columns"><see cref="Columns"/> or <see cref="FewColumns"/>.</param>
    /// <param name="start">One value per column.</param>
    /// <param name="sums">Rows x columns.</param>
    /// <param name="stride">Elements from one row of sums to the next.</param>
    /// <param name="rows">Rows to compute.</param>
    public static void MultiplyWide(
        short* a, nint aStride, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows)
    {
        if (Cpu.HasAvx512) MultiplyWide512(a, aStride, length, panel, columns, start, sums, stride, rows);
        else MultiplyWide256(a, aStride, length, panel, columns, start, sums, stride, rows);
    }
}
