using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>Rewrites spellings of the same thing into the one that has a kernel: Gemm becomes MatMul with a bias.</summary>
internal static class Canonical
{
    public static void Apply(Draft draft) =>
        draft.Instructions =
            [.. draft.Instructions.SelectMany(instruction => instruction.Operator is Gemm ? AsMatMul(instruction,
                draft.Inputs) : [instruction])];

    /// <summary>
    /// Alpha A' B' + Beta C: transposes and factors become instructions of their own, or go into constants; C becomes the bias if it is
    /// one.
    /// </summary>
    private static List<Instruction> AsMatMul(Instruction gemm, List<Value> inputs)
    {
        Gemm op = (Gemm)gemm.Operator;
        Value output = gemm.Outputs[0];
        // Only floats have a kernel; others are left as they are, to be refused by name.
        if (output.Type != ElementType.Float32) return [gemm];
        List<Instruction> result = [];
        Value a = Transposed(gemm.Inputs[0]!, op.TransA, gemm, result);
        // Constants, and weights that the caller provides, are transposed as they are packed.
        bool isTransposed = op.TransB && (gemm.Inputs[1]!.Constant is not null || inputs.Contains(gemm.Inputs[1]!));
        Value b = Scaled(Transposed(gemm.Inputs[1]!, op.TransB && !isTransposed, gemm, result), op.Alpha, gemm, result);
        Value? c = gemm.Input(2) is { } addend && op.Beta != 0 ? Scaled(addend, op.Beta, gemm, result) : null;
        int columns = output.Shape[1];
        Value? bias = c is { Constant: { } constant } && IsBias(c.Shape, columns) ? Bias(c, constant, columns)
            : c is { Shape: { Rank: 1, Count: > 1 } } && inputs.Contains(c) ? c : null;
        Fused product = new(new MatMul(), null, false) { IsTransposed = isTransposed };
        if (c is null || bias is not null)
        {
            result.Add(new Instruction(gemm.Name, product, [a, b, bias], [output]));
            return result;
        }
        Value plain = new($"{output.Name}:product", output.Type, output.Shape);
        result.Add(new Instruction($"{gemm.Name}:product", product, [a, b], [plain]));
        result.Add(new Instruction(gemm.Name, new Add(), [plain, c], [output]));
        return result;
    }

    private static bool IsBias(Shape shape, int columns) => shape.Count == 1 || (shape.Count == columns && shape[^1] == columns);

    private static Value Bias(Value value, Tensor constant, int columns)
    {
        float[] bias = new float[columns];
        ReadOnlySpan<float> values = constant.As<float>();
        for (int i = 0; i < columns; i++) bias[i] = values[values.Length == 1 ? 0 : i];
        return new Value($"{value.Name}:bias", ElementType.Float32, new Shape(columns), Tensor.Of(new Shape(columns), bias));
    }

    private static Value Transposed(Value matrix, bool transposes, Instruction gemm, List<Instruction> result)
    {
        if (!transposes) return matrix;
        Shape shape = new(matrix.Shape[1], matrix.Shape[0]);
        Value transposed = new(
            $"{matrix.Name}:transposed", matrix.Type, shape, matrix.Constant is { } constant ? Layouts.Permuted(constant, [1, 0]) : null);
        if (transposed.Constant is null)
            result.Add(new Instruction($"{gemm.Name}:transpose", new Transpose([1, 0]), [matrix], [transposed]));
        return transposed;
    }

    private static Value Scaled(Value value, float factor, Instruction gemm, List<Instruction> result)
    {
        if (factor == 1) return value;
        Value scaled = new($"{value.Name}:scaled", value.Type, value.Shape);
        if (value.Constant is { } constant)
        {
            float[] values = constant.As<float>().ToArray();
            for (int i = 0; i < values.Length; i++) values[i] *= factor;
            scaled.Constant = Tensor.Of(value.Shape, values);
            return scaled;
        }
        Value scalar = new($"{gemm.Name}:factor", ElementType.Float32, Shape.Scalar, Tensor.Of(Shape.Scalar, [factor]));
        result.Add(new Instruction($"{gemm.Name}:scale", new Mul(), [value, scalar], [scaled]));
        return scaled;
    }
}
