using System.Runtime.Intrinsics;
using EdgeCnn.Engine.Kernels.Int8.Products;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public sealed unsafe class Int8GemmTests : IDisposable
{
    private delegate void Kernel(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows);

    private delegate void WideKernel(
        short* a, nint aStride, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows);

    private static readonly int[] Lengths = [4, 8, 12, 16, 20, 28, 36, 48, 60, 64, 76];

    private readonly Weights _memory = new();

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Every_kernel_of_this_machine_gives_the_sums_of_the_scalar_one()
    {
        foreach ((string name, Kernel kernel, int[] widths, int[] chains, bool signed) in Kernels())
        {
            foreach (int columns in widths)
                foreach (int chain in chains)
                    foreach (int length in Lengths)
                        for (int rows = 1; rows <= Int8Gemm.Rows; rows++)
                            Check(name, kernel, columns, chain, length, 1 + (length + rows) % 3, rows, signed, length * 8 + rows);
        }
    }

    private static List<(string Name, Kernel Kernel, int[] Widths, int[] Chains, bool Signed)> Kernels()
    {
        List<(string, Kernel, int[], int[], bool)> kernels = [];
        if (Cpu.HasAvx512)
        {
            kernels.Add(("avx512", Int8Gemm.Multiply512, [16, 32], [1, 2, 4], false));
            kernels.Add(("wide avx512", Widened(Int8Gemm.MultiplyWide512), [16, 32], [0], false));
        }
        if (Cpu.HasAvx2)
        {
            kernels.Add(("avx2", Int8Gemm.Multiply256, [8, 16], [1, 2, 4], false));
            kernels.Add(("vnni in pieces", Vnni<VnniInPieces>, [8, 16], [0], false));
            if (Cpu.HasVnni) kernels.Add(("vnni", Vnni<Int8Gemm.Vnni>, [8, 16], [0], false));
            kernels.Add(("wide avx2", Widened(Int8Gemm.MultiplyWide256), [8, 16], [0], false));
        }
        foreach (bool signed in (bool[])[false, true])
        {
            if (Cpu.HasVector128) kernels.Add(("vector128", Vector128(signed), [8], [0], signed));
        }
        if (Cpu.HasNeon)
        {
            kernels.Add(("neon", Neon, [8], [1, 2, 4], true));
            if (Cpu.HasDotProduct) kernels.Add(("dot product", DotProduct, [8], [0], true));
        }
        return kernels;
    }

    private static void Vnni<TFour>(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows)
        where TFour : struct, Int8Gemm.IFourProducts =>
        Int8Gemm.TileVnni<TFour>(a, pieces, length, panel, columns, start, sums, stride, rows);

    /// <summary>What vpdpbusd does, of other instructions: the tile around it is tested where a processor lacks it.</summary>
    private readonly struct VnniInPieces : Int8Gemm.IFourProducts
    {
        public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> x, Vector256<sbyte> weights)
        {
            int* result = stackalloc int[8];
            for (int lane = 0; lane < 8; lane++)
            {
                result[lane] = sums[lane];
                for (int i = 4 * lane; i < 4 * lane + 4; i++) result[lane] += x[i] * weights[i];
            }
            return Vector256.Load(result);
        }
    }

    private static Kernel Vector128(bool signed) => (a, pieces, length, panel, columns, _, start, sums, stride, rows) =>
        Int8Gemm.Tile128(a, signed, pieces, length, panel, start, sums, stride, rows);

    private static void Neon(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows)
    {
        if (!Int8Gemm.ReadsColumns(chain))
        {
            Int8Gemm.TileNeon(a, pieces, length, panel, start, sums, stride, rows);
            return;
        }
        Int8Gemm.ArrangeColumns(panel, pieces, (int)length, chain);
        Int8Gemm.MultiplyColumns(a, pieces, length, panel, chain, start, sums, stride, rows);
    }

    private static void DotProduct(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows) =>
        Int8Gemm.MultiplyDotProduct(a, pieces, length, panel, start, sums, stride, rows);

    private static Kernel Widened(WideKernel kernel) => (a, pieces, length, panel, columns, _, start, sums, stride, rows) =>
    {
        nint width = pieces * length + 7;
        short* words = stackalloc short[(int)width * rows + 32];
        Int8Gemm.Widen(a, rows, pieces, length, words, width);
        kernel(words, width, pieces * length, panel, columns, start, sums, stride, rows);
    };

    private void Check(string name, Kernel kernel, int columns, int chain, int length, int pieces, int rows, bool signed, int seed)
    {
        Random random = new(seed);
        byte* data = _memory.Allocate<byte>(Int8Gemm.Rows * pieces * length);
        byte** a = stackalloc byte*[Int8Gemm.Rows * 3];
        for (int i = 0; i < Int8Gemm.Rows * pieces; i++) a[i] = i % Int8Gemm.Rows < rows ? data + i * length : null;
        // Mostly the extremes, which is where 16 bits overflow.
        for (int i = 0; i < Int8Gemm.Rows * pieces * length; i++)
            data[i] = (byte)(random.Next(4) == 0 ? random.Next(256) : signed ? 0x7F + random.Next(2) : -random.Next(2));
        sbyte* panel = _memory.Allocate<sbyte>(pieces * length * columns);
        for (int piece = 0; piece < pieces; piece++)
            for (int column = 0; column < columns; column++)
            {
                sbyte* first = panel + piece * length * columns + column * 4;
                if (signed && chain > 1) FillProducts(random, first, columns * 4, length, chain);
                else if (!signed && chain > 0) FillPairs(random, first, columns * 4, length, chain);
                else FillColumn(random, first, columns * 4, length);
            }
        int* start = _memory.Allocate<int>(columns);
        for (int j = 0; j < columns; j++) start[j] = random.Next(-100000, 100000);
        const int Stride = 37;
        int* expected = _memory.Allocate<int>(Int8Gemm.Rows * Stride), actual = _memory.Allocate<int>(Int8Gemm.Rows * Stride);
        Int8Gemm.TileScalar(a, signed, pieces, length, panel, columns, start, expected, Stride, rows);
        kernel(a, pieces, length, panel, columns, chain, start, actual, Stride, rows);
        for (int i = 0; i < Int8Gemm.Rows * Stride; i++)
        {
            Assert.True(
                expected[i] == actual[i],
                $"{name}, chain {chain}, {rows} x {columns}, {pieces} pieces of {length}, seed {seed}: "
                    + $"row {i / Stride}, column {i % Stride} is {actual[i]}, not {expected[i]}");
        }
    }

    /// <summary>Any weights, mostly the extremes.</summary>
    private static void FillColumn(Random random, sbyte* column, int groupBytes, int length)
    {
        for (int k = 0; k < length; k++)
            column[k / 4 * groupBytes + k % 4] = (sbyte)(random.Next(3) == 0 ? random.Next(-128, 128) : random.Next(2) == 0 ? 127 : -128);
    }

    /// <summary>Weights that a chain of unsigned data just holds: those of one sign add up to 128 in a lane of 16 bits.</summary>
    private static void FillPairs(Random random, sbyte* column, int groupBytes, int length, int chain)
    {
        for (int first = 0; first < length; first += 4 * chain)
        {
            for (int lane = 0; lane < 2; lane++)
            {
                int sign = random.Next(2) * 2 - 1, left = 128;
                for (int k = first; k < Math.Min(first + 4 * chain, length); k++)
                {
                    if (k % 4 / 2 != lane) continue;
                    int size = Math.Min(random.Next(3) == 0 ? left : random.Next(left + 1), sign > 0 ? 127 : 128);
                    column[k / 4 * groupBytes + k % 4] = (sbyte)(sign * size);
                    left -= size;
                }
            }
        }
    }

    /// <summary>Weights that a chain of signed data just holds: their magnitudes add up to 255 in a lane of 16 bits.</summary>
    private static void FillProducts(Random random, sbyte* column, int groupBytes, int length, int chain)
    {
        for (int first = 0; first < length; first += 8 * chain)
        {
            for (int lane = 0; lane < 8; lane++)
            {
                int left = 255;
                for (int k = first + lane; k < Math.Min(first + 8 * chain, length); k += 8)
                {
                    int sign = random.Next(2) * 2 - 1, size = Math.Min(
                        random.Next(3) == 0 ? left : random.Next(left + 1), sign > 0 ? 127 : 128);
                    column[k / 4 * groupBytes + k % 4] = (sbyte)(sign * size);
                    left -= size;
                }
            }
        }
    }
}
