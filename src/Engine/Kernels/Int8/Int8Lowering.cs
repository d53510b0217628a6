using EdgeCnn.Engine.Kernels.Int8.Convolutions;
using EdgeCnn.Engine.Kernels.Int8.Epilogues;
using EdgeCnn.Engine.Kernels.Int8.Products;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>From the operators of the integer plan to the kernels that compute them.</summary>
internal static class Int8Lowering
{
    /// <returns>Null when the operator is none of them.</returns>
    public static Step? Lower(Operation operation, Weights weights) => operation.Operator switch
    {
        QuantizedProduct { Product: Conv } product => Convolve(operation, product, weights),
        QuantizedProduct { Product: ConvTranspose } product => Transposed(operation, product, weights),
        QuantizedProduct product => Multiply(operation, product, weights),
        DynamicProduct { Product: Conv conv } product => new Int8Windows(
            Convolution(operation, conv, product.Weights, [0], EpilogueOf(operation, product, weights), null), weights, operation.Input(1)),
        DynamicProduct product => new Int8Rows(
            new Int8Operands(
                operation.Name, operation.Input(0), 0, operation.Input(1), EpilogueOf(operation, product, weights), null, operation.Output),
            product.Weights.Stored, product.Weights.Shape[0], product.Weights.Shape[1], product.Weights.IsTransposed, weights),
        Int8Round round => new RoundStep(operation, round.Scale, weights),
        Int8Table table => new TableStep(operation.Name, table.Codes, operation.Input(0), operation.Output, weights),
        Int16Byte half => new ByteStep(operation.Name, half.Upper, operation.Input(0), operation.Output),
        Int8Binary binary => new BinaryStep(operation, binary, weights),
        Int8Average average => new AverageStep(operation, average, weights),
        _ => null,
    };

    /// <summary>The one place that chooses the kernel of a convolution of 8-bit integers.</summary>
    private static Step Convolve(Operation operation, QuantizedProduct product, Weights weights)
    {
        Int8Convolution convolution = Convolution(
            operation, (Conv)product.Product, product.Weights, [.. product.Data.Zero], EpilogueOf(product, weights),
            Residual(operation, product));
        if (Int8Depthwise.Suits(convolution))
            return Cpu.HasNeon ? new Int8DepthwiseBytes(convolution, weights) : new Int8Depthwise(convolution, weights);
        return Int8Winograd.Suits(convolution) ? new Int8Winograd(convolution, weights) : new Int8Windows(convolution, weights);
    }

    private static Int8Convolution Convolution(
        Operation operation, Conv conv, Int8Weights weights, int[] zero, Epilogue epilogue, Buffer? residual)
    {
        Shape w = weights.Shape;
        WindowGeometry geometry = WindowGeometry.Of(conv, operation.Input(0).Shape, operation.Output.Shape, w[2], w[3]);
        return new Int8Convolution(
            operation.Name, operation.Input(0), zero, weights.Stored, w[2], w[3], conv.Groups, geometry, epilogue, residual,
            operation.Output);
    }

    private static Int8Rows Multiply(Operation operation, QuantizedProduct product, Weights weights) => new(
        new Int8Operands(
            operation.Name, operation.Input(0), product.Data.Zero[0], null, EpilogueOf(product, weights), Residual(operation, product),
            operation.Output),
        product.Weights.Stored, product.Weights.Shape[0], product.Weights.Shape[1], product.Weights.IsTransposed, weights);

    /// <summary>One ordinary convolution for each remainder of the output's coordinates by the strides.</summary>
    private static Step Transposed(Operation operation, QuantizedProduct product, Weights weights)
    {
        Shape w = product.Weights.Shape;
        int area = w[2] * w[3];
        Epilogue epilogue = EpilogueOf(product, weights);
        Step[] phases =
        [
            .. TransposedWindows.Phases((ConvTranspose)product.Product, operation.Input(0).Shape, operation.Output.Shape, w[2], w[3])
                .Select(phase =>
                new Int8Windows(
                    new Int8Convolution(
                        operation.Name, operation.Input(0), [.. product.Data.Zero], product.Weights.Stored, w[2], w[3], 1, phase.Geometry,
                        epilogue,
                        Residual(operation, product), operation.Output),
                    new MatrixSource(1, 0, phase.Taps, w[0], (long)w[1] * area, w[1], area),
                    weights)),
        ];
        return phases.Length == 1 ? phases[0] : new Phases(operation.Name, phases);
    }

    /// <summary>What becomes of the sums of a product.</summary>
    private static Epilogue EpilogueOf(QuantizedProduct product, Weights weights)
    {
        int channels = product.Weights.Scale.Length;
        float[] factor = new float[channels];
        for (int c = 0; c < channels; c++) factor[c] = product.Data.Scale[product.Data.IsPerTensor ? 0 : c] * product.Weights.Scale[c];
        float[] bias = product.Bias is { } values ? [.. values] : new float[channels];
        SumsMeaning meaning = new(factor, bias, product.Residual, product.ResidualLast, product.Activation);
        return meaning.To(product.Output, weights);
    }

    private static Epilogue EpilogueOf(Operation operation, DynamicProduct product, Weights weights)
    {
        if (operation.Optional(2) is not { } factor) return new KeepSums();
        float[] bias = product.Bias is { } values ? [.. values] : new float[product.Weights.Scale.Length];
        return new SumsMeaning(product.Weights.Scale, bias, null, false, product.Activation, factor).To(null, weights);
    }

    private static Buffer? Residual(Operation operation, QuantizedProduct product) => product.Residual is null ? null : operation.Input(1);
}
