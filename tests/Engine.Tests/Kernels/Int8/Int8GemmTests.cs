using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public sealed unsafe class Int8GemmTests : IDisposable
{
    private delegate void Kernel(
        byte** a, int pieces, nint length, sbyte* panel, int columns, int chain, int* start, int* sums, nint stride, int rows);

    private delegate void WideKernel(
        short* a, nint aStride, nint length, sbyte* panel, int columns, int* start, int* sums, nint stride, int rows);

    private static readonly int[] Lengths = [4, 8, 12, 16, 20, 28, 36, 64, 76];

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
            kernels.Add(("avx512", Int8Gemm.Tile512, [16, 32], [1, 2, 4], false));
            kernels.Add(("wide avx512", Widened(Int8Gemm.WideTile512), [16, 32], [0], false));
        }
        if (Cpu.HasAvx2)
        {
            kernels.Add(("avx2", Int8Gemm.Tile256, [8, 16], [1, 2, 4], false));
            kernels.Add(("wide avx2", Widened(Int8Gemm.WideTile256), [8, 16], [0], false));
        }
        foreach (bool signed in (bool[])[false, true])
        {
            if (Cpu.HasVector128) kernels.Add(("vector128", Vector128(signed), [8], [0], signed));
        }
        if (!Cpu.HasAvx2) kernels.Add((Cpu.Name, Int8Gemm.Tile, [Int8Gemm.Columns], [0], Cpu.Int8Data == ElementType.Int8));
        return kernels;
    }

    private static Kernel Vector128(bool signed) => (a, pieces, length, panel, columns, _, start, sums, stride, rows) =>
        Int8Gemm.Tile128(a, signed, pieces, length, panel, columns, start, sums, stride, rows);

    private static Kernel Widened(WideKernel kernel) => (a, pieces, length, panel, columns, _, start, sums, stride, rows) =>
    {
        nint width = pieces * length + 7;
        short* words = stackalloc short[(int)width * rows + 16];
        for (int row = 0; row < rows; row++) Int8Gemm.Widen(a + row, pieces, length, words + row * width);
        kernel(words, width, pieces * length, panel, columns, start, sums, stride, rows);
    };

    private void Check(string name, Kernel kernel, int columns, int chain, int length, int pieces, int rows, bool signed, int seed)
    {
        Random random = new(seed);
        byte* data = _memory.Allocate<byte>(Int8Gemm.Rows * pieces * length);
        byte** a = stackalloc byte*[Int8Gemm.Rows * 3];
        for (int i = 0; i < Int8Gemm.Rows * pieces; i++) a[i] = i % Int8Gemm.Rows < rows ? data + i * length : null;
        // Mostly the extremes, which is where 16 bits overflow.
        for (int i = 0; i < Int8Gemm.Rows * pieces * length; i++) data[i] = (byte)(random.Next(4) == 0 ? random.Next(256) : signed ? 0x7F + random.Next(2) : -random.Next(2));
        sbyte* panel = _memory.Allocate<sbyte>(pieces * length * columns);
        for (int piece = 0; piece < pieces; piece++)
            for (int column = 0; column < columns; column++)
                FillColumn(random, panel + piece * length * columns + column * 4, columns * 4, length, chain);
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
                $"{name}, chain {chain}, {rows} x {columns}, {pieces} pieces of {length}, seed {seed}: row {i / Stride}, column {i % Stride} is {actual[i]}, not {expected[i]}");
        }
    }

    /// <summary>Weights that a chain just holds: the magnitudes of one sign add up to exactly 128 in every 16-bit lane; or any
    /// weights.</summary>
    private static void FillColumn(Random random, sbyte* column, int groupBytes, int length, int chain)
    {
        if (chain == 0)
        {
            for (int k = 0; k < length; k++) column[k / 4 * groupBytes + k % 4] = (sbyte)(random.Next(3) == 0 ? random.Next(-128, 128) : random.Next(2) == 0 ? 127 : -128);
            return;
        }
        for (int first = 0; first < length; first += 4 * chain)
        {
            for (int lane = 0; lane < 2; lane++)
            {
                int sign = random.Next(2) * 2 - 1, left = 128;
                for (int k = first; k < Math.Min(first + 4 * chain, length); k++)
                {
                    if (k % 4 / 2 != lane) continue;
                    int size = random.Next(3) == 0 ? left : random.Next(left + 1);
                    size = Math.Min(size, sign > 0 ? 127 : 128);
                    column[k / 4 * groupBytes + k % 4] = (sbyte)(sign * size);
                    left -= size;
                }
            }
        }
    }
}
