using System.Runtime.InteropServices;
using EdgeCnn.Engine.Kernels.Int8.Convolutions;
using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

/// <summary>A convolution of 8-bit integers to try: its data, its weights, and its sums in the plainest words.</summary>
internal sealed unsafe record IntegerCase(int Channels, int Outputs, int Groups, int KernelHeight, int KernelWidth, int Height, int Width)
{
    public int Images { get; init; } = 1;

    public (int Y, int X) Stride { get; init; } = (1, 1);

    public (int Y, int X) Dilation { get; init; } = (1, 1);

    public (int Top, int Left, int Bottom, int Right) Pads { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Data from 0 to 255 as the network's author sees them, before they are stored as <see cref="Cpu.Int8Data"/>.</summary>
    public Func<Random, byte> Data { get; init; } = random => (byte)random.Next(256);

    public Func<Random, sbyte> Weight { get; init; } = random => (sbyte)random.Next(-128, 128);

    /// <summary>One zero point, or one per channel.</summary>
    public int[] Zero { get; init; } = [119];

    /// <summary>Elements of other tensors beside the channels of data and output.</summary>
    public int Beside { get; init; }

    public int OutputHeight => (Height + Pads.Top + Pads.Bottom - Dilation.Y * (KernelHeight - 1) - 1) / Stride.Y + 1;

    public int OutputWidth => (Width + Pads.Left + Pads.Right - Dilation.X * (KernelWidth - 1) - 1) / Stride.X + 1;

    private static int Shift => Cpu.Int8Data == ElementType.Int8 ? -128 : 0;

    /// <summary>
    /// Executes the step that is made of this case and compares its sums with the plain ones; says how the step calls itself.
    /// </summary>
    public string Check(Func<Int8Convolution, Weights, Step> make)
    {
        int[] actual = Run(make, out string kernel), expected = Sums();
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i] == actual[i], $"{kernel}, {this}: sum {i} is {actual[i]}, not {expected[i]}");
        return kernel;
    }

    /// <summary>What a kernel says to this case.</summary>
    public bool Is(Predicate<Int8Convolution> suits)
    {
        using Weights weights = new();
        return suits(Operands(weights));
    }

    /// <summary>The sums that a step makes; pieces run in a shuffled order, over scratch memory of no meaning.</summary>
    public int[] Run(Func<Int8Convolution, Weights, Step> make, out string kernel)
    {
        using Weights weights = new();
        Int8Convolution operands = Operands(weights);
        Step step = make(operands, weights);
        kernel = step.Kernel;
        int[] order = [.. Enumerable.Range(0, step.Pieces)];
        new Random(Seed).Shuffle(order);
        byte* scratch = weights.Allocate<byte>(step.ScratchBytes);
        foreach (int piece in order)
        {
            NativeMemory.Fill(scratch, (nuint)step.ScratchBytes, 0xA5);
            step.Execute(piece, scratch);
        }
        int[] sums = new int[Images * OutputHeight * OutputWidth * Outputs];
        for (int pixel = 0; pixel < sums.Length / Outputs; pixel++)
        {
            int* row = operands.Output.As<int>() + (long)pixel * operands.Output.Stride;
            new ReadOnlySpan<int>(row, Outputs).CopyTo(sums.AsSpan(pixel * Outputs));
            for (int i = Outputs; i < Outputs + Beside && (pixel + 1) * Outputs < sums.Length; i++)
                Assert.True(row[i] == -1, $"{kernel}, {this}: something was written beside pixel {pixel}");
        }
        return sums;
    }

    private Int8Convolution Operands(Weights weights)
    {
        (byte[] data, sbyte[] matrix) = Values();
        Buffer input = Place(weights, "data", Cpu.Int8Data, [Images, Height, Width, Channels], 0x5A);
        for (int i = 0; i < data.Length; i++) input.Data[i / Channels * input.Stride + i % Channels] = (byte)(data[i] + Shift);
        Buffer output = Place(weights, "sums", ElementType.Int32, [Images, OutputHeight, OutputWidth, Outputs], 0xFF);
        Conv conv = new([Stride.Y, Stride.X], [Pads.Top, Pads.Left, Pads.Bottom, Pads.Right], [Dilation.Y, Dilation.X], Groups);
        WindowGeometry geometry = WindowGeometry.Of(conv, input.Shape, output.Shape, KernelHeight, KernelWidth);
        int[] zero = [.. Zero.Select(z => z + Shift)];
        return new Int8Convolution("case", input, zero, matrix, KernelHeight, KernelWidth, Groups, geometry, new KeepSums(), null, output);
    }

    private Buffer Place(Weights weights, string name, ElementType type, ReadOnlySpan<int> extents, byte fill)
    {
        Buffer whole = new(name, type, new Shape([.. extents[..^1], extents[^1] + Beside]));
        byte* memory = weights.Allocate<byte>(whole.Bytes);
        NativeMemory.Fill(memory, (nuint)whole.Bytes, fill);
        whole.Place(memory);
        return new Buffer(name, new Shape(extents), whole, 0);
    }

    private (byte[] Data, sbyte[] Weights) Values()
    {
        Random random = new(Seed);
        byte[] data = new byte[Images * Height * Width * Channels];
        sbyte[] weights = new sbyte[Outputs * (Channels / Groups) * KernelHeight * KernelWidth];
        for (int i = 0; i < data.Length; i++) data[i] = Data(random);
        for (int i = 0; i < weights.Length; i++) weights[i] = Weight(random);
        return (data, weights);
    }

    private int[] Sums()
    {
        (byte[] data, sbyte[] weights) = Values();
        List<int> sums = [];
        int depth = Channels / Groups, perGroup = Outputs / Groups;
        for (int n = 0; n < Images; n++)
            for (int oy = 0; oy < OutputHeight; oy++)
                for (int ox = 0; ox < OutputWidth; ox++)
                    for (int m = 0; m < Outputs; m++)
                    {
                        int sum = 0;
                        for (int ky = 0; ky < KernelHeight; ky++)
                            for (int kx = 0; kx < KernelWidth; kx++)
                            {
                                int y = oy * Stride.Y - Pads.Top + ky * Dilation.Y, x = ox * Stride.X - Pads.Left + kx * Dilation.X;
                                if (y < 0 || y >= Height || x < 0 || x >= Width) continue;
                                for (int c = 0; c < depth; c++)
                                {
                                    int channel = m / perGroup * depth + c;
                                    int value = data[((n * Height + y) * Width + x) * Channels + channel] - Zero[channel % Zero.Length];
                                    sum = checked(sum + value * weights[((m * depth + c) * KernelHeight + ky) * KernelWidth + kx]);
                                }
                            }
                        sums.Add(sum);
                    }
        return [.. sums];
    }
}
