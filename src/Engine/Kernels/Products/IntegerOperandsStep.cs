using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Products;

/// <summary>Packs matrices of 8-bit integers, less their zero points, into panels of floats for <see cref="Gemm"/>.</summary>
internal readonly unsafe struct IntegerPanels(MatrixSource layout, byte* source, ElementType type, byte* zero, long zeros)
{
    /// <param name="index">The panel, counted through all matrices.</param>
    /// <param name="packed">Room for all panels of all matrices.</param>
    public void Pack(int index, float* packed)
    {
        (int matrix, int panel) = Math.DivRem(index, layout.Panels);
        int first = panel * Gemm.Columns;
        int columns = Math.Min(Gemm.Columns, layout.Columns - first);
        long start = matrix * layout.MatrixStride + first * layout.ColumnStride;
        // One zero point for each column, of each group of a convolution or the same for all batches of a product.
        long zeroStart = zeros <= 1 ? 0 : (zeros > layout.Columns ? (long)matrix * layout.Columns : 0) + first;
        packed += (long)index * layout.Length * Gemm.Columns;
        foreach (int tap in layout.Taps)
        {
            for (int k = 0; k < layout.Depth; k++, packed += Gemm.Columns)
            {
                for (int column = 0; column < columns; column++)
                {
                    int offset = zeros == 0 ? 0 : Value(zero, zeros == 1 ? 0 : zeroStart + column);
                    packed[column] = Value(source, start + tap + k * layout.DepthStride + column * layout.ColumnStride) - offset;
                }
                for (int column = columns; column < Gemm.Columns; column++) packed[column] = 0;
            }
        }
    }

    private int Value(byte* bytes, long index) => type == ElementType.Int8 ? (sbyte)bytes[index] : bytes[index];
}

/// <summary>
/// What has to be ready before a product of integers: the data less its zero point as floats, and the matrix packed where it is no
/// constant.
/// </summary>
internal sealed unsafe class IntegerOperandsStep(IntegerOperands operands, MatrixSource layout, Buffer data, Buffer? panels) : Step(
    $"{operands.Name} operands",
    [
        .. new[] { operands.Data, operands.DataZero }.OfType<Buffer>(),
        .. panels is null ? [] : new[] { operands.Matrix, operands.MatrixZero }.OfType<Buffer>(),
    ],
    [.. new[] { data, panels }.OfType<Buffer>()])
{
    private readonly Chunks _chunks = new(data.Shape.Count, Chunks.Elements);

    public override string Kernel => "integers to floats";

    public override int Pieces => _chunks.Count + (panels is null ? 0 : layout.Matrices * layout.Panels);

    public override void Execute(int piece, byte* scratch)
    {
        if (piece >= _chunks.Count)
        {
            Buffer? zero = operands.MatrixZero;
            IntegerPanels matrix = new(
                layout, operands.Matrix.Data, operands.Matrix.Type, zero is null ? null : zero.Data, zero?.Shape.Count ?? 0);
            matrix.Pack(piece - _chunks.Count, panels!.Floats);
            return;
        }
        (long from, long to) = _chunks[piece];
        if (operands.DataZero is { Shape.Count: > 1 } rows) SubtractPerRow(rows, from, to);
        else Subtract(operands.DataZero is null ? 0 : Quantization.Integer(operands.DataZero, 0), from, to);
    }

    private void Subtract(int zero, long from, long to)
    {
        float* y = data.Floats + from;
        if (operands.Data.Type == ElementType.UInt8) Conversions.ToFloats(operands.Data.Data + from, zero, y, to - from);
        else Conversions.ToFloats(operands.Data.As<sbyte>() + from, zero, y, to - from);
    }

    private void SubtractPerRow(Buffer zeros, long from, long to)
    {
        int length = data.Shape[^1];
        for (long i = from; i < to; i++)
            data.Floats[i] = Quantization.Integer(operands.Data, i) - Quantization.Integer(zeros, i / length % zeros.Shape.Count);
    }
}
