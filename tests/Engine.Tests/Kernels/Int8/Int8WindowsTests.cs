using EdgeCnn.Engine.Kernels.Int8.Convolutions;
using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public class Int8WindowsTests
{
    private static IEnumerable<IntegerCase> Cases()
    {
        foreach (int depth in (int[])[1, 2, 3, 5, 16, 37])
        {
            foreach (int outputs in (int[])[1, 7, 8, 9, 16, 17, 31, 32, 33, 65]) yield return Case(depth, outputs, 1, 1, 3, 5);
            foreach (int size in (int[])[1, 2, 7, 8, 9]) yield return Case(depth, 19, 3, 3, size, size) with { Pads = (1, 1, 1, 1) };
            yield return Case(depth, 18, 3, 3, 5, 6) with { Pads = (4, 5, 5, 4), Images = 2 };
            yield return Case(depth, 18, 5, 3, 9, 11) with { Dilation = (2, 3), Pads = (3, 4, 2, 1) };
            yield return Case(depth, 18, 2, 4, 9, 11) with { Stride = (3, 2), Pads = (0, 1, 1, 0), Beside = 3 };
            yield return Case(depth, 18, 7, 7, 11, 13) with { Stride = (2, 2), Pads = (3, 3, 3, 3), Zero = [0] };
        }
        foreach (int groups in (int[])[2, 3, 6])
        {
            yield return new IntegerCase(12, 6, groups, 3, 3, 5, 5) { Pads = (1, 1, 1, 1) };
            yield return new IntegerCase(24, 12, groups, 3, 3, 7, 9) { Pads = (1, 1, 1, 1), Beside = 1 };
            yield return new IntegerCase(6, 66, groups, 1, 1, 5, 5) { Zero = [255] };
            yield return new IntegerCase(30, 72, groups, 3, 3, 6, 5)
            {
                Stride = (2, 2),
                Dilation = (2, 1),
                Pads = (2, 2, 2, 2),
                Beside = 1,
            };
        }
        // Several pieces: blocks of rows, of panels.
        yield return Case(64, 40, 3, 3, 30, 31) with { Pads = (1, 1, 1, 1) };
        yield return Case(600, 150, 3, 3, 3, 3) with { Pads = (1, 1, 1, 1) };
    }

    [Fact]
    public void Every_shape_gives_the_exact_sums()
    {
        int seed = 0;
        foreach (IntegerCase shape in Cases()) (shape with { Seed = seed++ }).Check((conv, memory) => new Int8Windows(conv, memory));
    }

    [Theory]
    [InlineData(255, -128, 0)]
    [InlineData(255, 127, 0)]
    [InlineData(0, -128, 255)]
    [InlineData(0, 127, 255)]
    public void The_largest_sums_are_exact(byte data, sbyte weight, int zero) =>
        (Case(33, 40, 3, 3, 6, 6) with { Data = _ => data, Weight = _ => weight, Zero = [zero], Pads = (1, 1, 1, 1) })
            .Check((conv, memory) => new Int8Windows(conv, memory));

    [Theory]
    [InlineData(4, 16)]
    [InlineData(2, 32)]
    [InlineData(1, 64)]
    [InlineData(0, 65)]
    public void The_kernel_says_what_the_weights_prove(int chain, sbyte weight)
    {
        IntegerCase proven = Case(64, 64, 1, 1, 9, 9) with { Weight = _ => weight, Data = _ => 255 };
        string kernel = proven.Check((conv, memory) => new Int8Windows(conv, memory));
        if (!Cpu.HasAvx2 || Cpu.HasVnni) return;
        string proof = chain switch { 0 => ", in 16 bits", 1 => ", in pairs", _ => $", in chains of {chain}" };
        Assert.EndsWith(proof, kernel, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(77)]
    [InlineData(255)]
    public unsafe void A_zero_point_that_only_the_run_tells_does_the_same(int zero)
    {
        foreach (IntegerCase shape in Cases().Take(40))
        {
            (shape with { Zero = [zero] }).Check((conv, memory) =>
            {
                Buffer run = new("zero", Cpu.Int8Data, new Shape(1));
                run.Place(memory.Allocate<byte>(1));
                *run.Data = (byte)conv.DataZero[0];
                return new Int8Windows(conv with { DataZero = [99] }, memory, run);
            });
        }
    }

    [Fact]
    public unsafe void The_phases_of_a_transposed_convolution_write_their_own_pixels()
    {
        // Stride 2, kernel 2: output pixel (y, x) is tap (y % 2, x % 2) of input pixel (y / 2, x / 2).
        using Weights memory = new();
        const int Depth = 5, Outputs = 9, Height = 3, Width = 4;
        Random random = new(5);
        Buffer data = Place(memory, "data", Cpu.Int8Data, 1, Height, Width, Depth);
        Buffer output = Place(memory, "sums", ElementType.Int32, 1, 2 * Height, 2 * Width, Outputs);
        random.NextBytes(data.Span<byte>());
        sbyte[] weights = new sbyte[Depth * Outputs * 4];
        for (int i = 0; i < weights.Length; i++) weights[i] = (sbyte)random.Next(-128, 128);
        for (int phase = 0; phase < 4; phase++)
        {
            WindowGeometry geometry = new(data.Shape, output.Shape, Height, Width, [0], [0])
            {
                PhaseY = phase / 2,
                PhaseX = phase % 2,
                StepY = 2,
                StepX = 2,
            };
            Int8Convolution conv = new("phase", data, [0], weights, 2, 2, 1, geometry, new KeepSums(), null, output);
            Int8Windows step = new(conv, new MatrixSource(1, 0, [phase], Depth, Outputs * 4, Outputs, 4), memory);
            byte* scratch = memory.Allocate<byte>(step.ScratchBytes);
            for (int piece = 0; piece < step.Pieces; piece++) step.Execute(piece, scratch);
        }
        for (int y = 0; y < 2 * Height; y++)
            for (int x = 0; x < 2 * Width; x++)
                for (int m = 0; m < Outputs; m++)
                {
                    int expected = 0, tap = y % 2 * 2 + x % 2;
                    for (int c = 0; c < Depth; c++)
                        expected += Quantization.Integer(data, (y / 2 * Width + x / 2) * Depth + c) * weights[(c * Outputs + m) * 4 + tap];
                    Assert.Equal(expected, output.As<int>()[(y * 2 * Width + x) * Outputs + m]);
                }
    }

    [Fact]
    public unsafe void The_epilogue_is_given_the_residual_and_the_place_of_each_sum()
    {
        using Weights memory = new();
        const int Depth = 6, Outputs = 70, Height = 9, Width = 10;
        Buffer data = Place(memory, "data", Cpu.Int8Data, 1, Height, Width, Depth);
        Buffer wide = Place(memory, "wide", Cpu.Int8Data, 1, Height, Width, Outputs + 5);
        Buffer residual = new("residual", new Shape(1, Height, Width, Outputs), wide, 3);
        Buffer output = new("output", residual.Shape, Place(memory, "wide output", Cpu.Int8Data, 1, Height, Width, Outputs + 4), 2);
        new Random(3).NextBytes(residual.Root.Span<byte>());
        WindowGeometry geometry = new(data.Shape, output.Shape, Height, Width, [0], [0]);
        sbyte[] weights = new sbyte[Outputs * Depth];
        Int8Convolution conv = new("conv", data, [0], weights, 1, 1, 1, geometry, new ResidualAndChannel(), residual, output);
        Int8Windows step = new(conv, memory);
        byte* scratch = memory.Allocate<byte>(step.ScratchBytes);
        for (int piece = 0; piece < step.Pieces; piece++) step.Execute(piece, scratch);
        for (int pixel = 0; pixel < Height * Width; pixel++)
            for (int m = 0; m < Outputs; m++)
                Assert.Equal((byte)(residual.Data[pixel * residual.Stride + m] + m), output.Data[pixel * output.Stride + m]);
    }

    /// <summary>Sums that must not depend on the instruction set.</summary>
    public static IEnumerable<int[]> Samples() =>
        Cases().Select(shape => shape.Run((conv, memory) => new Int8Windows(conv, memory), out _));

    private static IntegerCase Case(int depth, int outputs, int kernelHeight, int kernelWidth, int height, int width) =>
        new(depth, outputs, 1, kernelHeight, kernelWidth, height, width);

    private static unsafe Buffer Place(Weights memory, string name, ElementType type, params ReadOnlySpan<int> extents)
    {
        Buffer buffer = new(name, type, new Shape(extents));
        buffer.Place(memory.Allocate<byte>(buffer.Bytes));
        return buffer;
    }

    private sealed unsafe class ResidualAndChannel : Epilogue
    {
        public override int OutputSize => 1;

        public override void Rows(
            int* sums, nint sumStride, int rows, int channel, int count,
            byte* residual, nint residualStride, byte* output, nint outputStride)
        {
            for (int row = 0; row < rows; row++)
                for (int i = 0; i < count; i++)
                    output[row * outputStride + i] = (byte)(sums[row * sumStride + i] + residual[row * residualStride + i] + channel + i);
        }
    }
}
