using System.Numerics;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// How many products of 8-bit integers may be added in 16 bits before they have to be made 32 bits wide: proven by the weights alone, for
/// whatever data. A chain is a number of groups of four k that follow one another in a piece, or, where neighbours are not added, every other
/// of twice as many; it begins at every piece and after every chain. Whatever a chain holds, each part of it holds as well, so its sums may be made in any order.
/// </summary>
internal static unsafe class ChainProof
{
    /// <summary>
    /// The longest chain that is safe: 4, 2 or 1 groups; 0 when not even one is, or when the processor adds no products in 16 bits.
    /// </summary>
    /// <param name="panel">Weights as <see cref="Int8Panels"/> lays them.</param>
    /// <param name="columns">Columns of the panel.</param>
    /// <param name="pieces">Its pieces.</param>
    /// <param name="length">Elements of each.</param>
    public static int Longest(sbyte* panel, int columns, int pieces, int length)
    {
        if (Cpu.HasVnni || Cpu.HasDotProduct) return 0;
        if (Cpu.HasAvx2)
        {
            foreach (int chain in (ReadOnlySpan<int>)[4, 2, 1])
            {
                if (PairsFit(panel, columns, pieces, length, chain)) return chain;
            }
            return 0;
        }
        if (!Cpu.HasNeon) return 0;
        return ProductsFit(panel, columns, pieces, length, 4) ? 4 : ProductsFit(panel, columns, pieces, length, 2) ? 2 : 1;
    }

    /// <summary>
    /// Unsigned data, neighbours added (vpmaddubsw): a lane of 16 bits holds k and k + 1 of each group of the chain. Every partial sum
    /// lies between -255 * N and 255 * P, where N and P are the sums of the magnitudes of its negative and of its positive weights, and it
    /// fits when neither exceeds 128: 255 * 128 = 32640.
    /// </summary>
    private static bool PairsFit(sbyte* panel, int columns, int pieces, int length, int chain)
    {
        Vector<short> limit = new(128);
        nint groupBytes = columns * 4, groups = length / 4;
        for (int piece = 0; piece < pieces; piece++, panel += groups * groupBytes)
        {
            for (nint first = 0; first < groups; first += chain)
            {
                nint end = Math.Min(first + chain, groups);
                for (nint lane = 0; lane < groupBytes; lane += Vector<byte>.Count)
                {
                    Vector<short> positive = Vector<short>.Zero, negative = Vector<short>.Zero;
                    for (nint group = first; group < end; group++)
                    {
                        Vector<short> pairs = Vector.Load((short*)(panel + group * groupBytes + lane));
                        Vector<short> even = (pairs << 8) >> 8, odd = pairs >> 8;
                        positive += Vector.Max(even, Vector<short>.Zero) + Vector.Max(odd, Vector<short>.Zero);
                        negative -= Vector.Min(even, Vector<short>.Zero) + Vector.Min(odd, Vector<short>.Zero);
                    }
                    if (Vector.GreaterThanAny(Vector.Max(positive, negative), limit)) return false;
                }
            }
        }
        return true;
    }

    /// <summary>
    /// Signed data, neighbours apart (SMULL, SMLAL): a lane of 16 bits holds k, k + 8 and so on, as many as the chain is long. The magnitude
    /// of their products is at most 128 times that of their weights, which fits when these add up to 255 or less: 128 * 255 = 32640.
    /// </summary>
    private static bool ProductsFit(sbyte* panel, int columns, int pieces, int length, int chain)
    {
        Vector<ushort> limit = new(255);
        nint groupBytes = columns * 4, groups = length / 4;
        for (int piece = 0; piece < pieces; piece++, panel += groups * groupBytes)
        {
            for (nint first = 0; first < groups; first++)
            {
                // A chain has every other group of four of its block, from its first or its second one on.
                if (first / 2 % chain != 0) continue;
                nint end = Math.Min(first + 2 * chain, groups);
                for (nint lane = 0; lane < groupBytes; lane += Vector<sbyte>.Count)
                {
                    Vector<ushort> even = Vector<ushort>.Zero, odd = Vector<ushort>.Zero;
                    for (nint group = first; group < end; group += 2)
                    {
                        // The magnitude of -128 is 128 where bytes are unsigned.
                        Vector<ushort> pairs = Vector.AsVectorUInt16(Vector.Abs(Vector.Load(panel + group * groupBytes + lane)));
                        even += pairs & new Vector<ushort>(0xFF);
                        odd += pairs >> 8;
                    }
                    if (Vector.GreaterThanAny(Vector.Max(even, odd), limit)) return false;
                }
            }
        }
        return true;
    }
}
