using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine;

/// <summary>
/// What this machine multiplies and adds when nothing else counts: one tile of a product after the other, from the first-level cache.
/// Rates of layers are held against it; Winograd's convolutions, which save multiplications, may exceed it.
/// </summary>
/// <param name="FloatGmacPerSecond">Of 32-bit floats, all threads together.</param>
/// <param name="IntegerGmacPerSecond">Of 8-bit integers whose weights prove that the shortest way is exact.</param>
public sealed unsafe record Peak(double FloatGmacPerSecond, double IntegerGmacPerSecond)
{
    /// <summary>Terms of each sum: the panels take a third of a first-level cache of 48 KB, or half of one of 32.</summary>
    private const int Length = 256;

    private const int TilesOfRound = 500;

    /// <summary>Long enough for the compiler's tiers to settle.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(150);

    /// <summary>Measures for a moment, on as many threads at the same time.</summary>
    public static Peak Measure(int threads) => new(OnAll(threads, FloatTiles), OnAll(threads, IntegerTiles));

    /// <summary>The best round of each thread: whatever else the machine does spoils some, hardly all.</summary>
    private static double OnAll(int threads, Func<byte[], long> round)
    {
        double[] rates = new double[threads];
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => rates[i] = BestOf(round)))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        return rates.Sum();
    }

    private static double BestOf(Func<byte[], long> round)
    {
        byte[] memory = GC.AllocateArray<byte>(1 << 16, pinned: true);
        double best = 0;
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < Duration)
        {
            long start = Stopwatch.GetTimestamp();
            long multiplyAdds = round(memory);
            best = Math.Max(best, multiplyAdds / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9);
        }
        return best;
    }

    private static long FloatTiles(byte[] memory)
    {
        float* panel = (float*)Aligned(memory), row = panel + Length * Gemm.Columns, sums = row + Length;
        float** rows = stackalloc float*[Gemm.Rows];
        for (int i = 0; i < Gemm.Rows; i++) rows[i] = row;
        for (int i = 0; i < TilesOfRound; i++)
            Gemm.Tile(rows, 1, 0, Length, panel, sums, sums + Gemm.Columns, Gemm.Columns, Gemm.Rows, Gemm.Columns);
        return (long)TilesOfRound * Gemm.Rows * Gemm.Columns * Length;
    }

    private static long IntegerTiles(byte[] memory)
    {
        byte* panel = Aligned(memory), row = panel + Length * Int8Gemm.Columns;
        int* start = (int*)(row + Length), sums = start + Int8Gemm.Columns;
        byte** rows = stackalloc byte*[Int8Gemm.Rows];
        for (int i = 0; i < Int8Gemm.Rows; i++) rows[i] = row;
        // Weights of zero prove the most.
        int chain = ChainProof.Longest((sbyte*)panel, Int8Gemm.Columns, 1, Length);
        for (int i = 0; i < TilesOfRound; i++)
            Int8Gemm.Multiply(rows, 1, Length, (sbyte*)panel, Int8Gemm.Columns, chain, start, sums, Int8Gemm.Columns, Int8Gemm.Rows);
        return (long)TilesOfRound * Int8Gemm.Rows * Int8Gemm.Columns * Length;
    }

    private static byte* Aligned(byte[] pinned)
    {
        byte* first = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        return first + (64 - ((nint)first & 63));
    }
}
