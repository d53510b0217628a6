using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels.Int8;

public class Int8RowsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1000, 100)]
    [InlineData(7, 5, 31)]
    [InlineData(8, 64, 32)]
    [InlineData(9, 63, 33)]
    [InlineData(131, 130, 65)]
    public unsafe void A_matrix_is_multiplied_in_either_order_of_its_weights(int rows, int depth, int columns)
    {
        foreach (bool transposed in (bool[])[false, true])
            foreach (bool tellsAtRun in (bool[])[false, true])
            {
                using Weights memory = new();
                Random random = new(rows);
                Buffer data = Place(memory, Cpu.Int8Data, rows, depth), zero = Place(memory, Cpu.Int8Data, 1);
                Buffer output = Place(memory, ElementType.Int32, rows, columns);
                random.NextBytes(data.Span<byte>());
                random.NextBytes(zero.Span<byte>());
                int zeroPoint = Quantization.Integer(zero, 0);
                sbyte[] weights = new sbyte[depth * columns];
                for (int i = 0; i < weights.Length; i++) weights[i] = (sbyte)random.Next(-128, 128);
                Int8Operands operands = new(
                    "rows", data, tellsAtRun ? 0 : zeroPoint, tellsAtRun ? zero : null, new KeepSums(), null, output);
                Int8Rows step = new(operands, weights, depth, columns, transposed, memory);
                byte* scratch = memory.Allocate<byte>(step.ScratchBytes);
                for (int piece = 0; piece < step.Pieces; piece++) step.Execute(piece, scratch);
                for (int row = 0; row < rows; row++)
                    for (int column = 0; column < columns; column++)
                    {
                        int expected = 0;
                        for (int k = 0; k < depth; k++)
                        {
                            int weight = weights[transposed ? column * depth + k : k * columns + column];
                            expected += (Quantization.Integer(data, row * depth + k) - zeroPoint) * weight;
                        }
                        int actual = output.As<int>()[row * columns + column];
                        Assert.True(
                            expected == actual,
                            $"{rows} x {depth} x {columns}, transposed {transposed}, zero point at run time {tellsAtRun}: "
                                + $"({row}, {column}) is {actual}, not {expected}");
                    }
            }
    }

    private static unsafe Buffer Place(Weights memory, ElementType type, params ReadOnlySpan<int> extents)
    {
        Buffer buffer = new("buffer", type, new Shape(extents));
        buffer.Place(memory.Allocate<byte>(buffer.Bytes));
        return buffer;
    }
}
