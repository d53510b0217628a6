using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>From the operators of the integer plan to the kernels that compute them.</summary>
internal static class Int8Lowering
{
    /// <returns>Null when the operator is none of them.</returns>
    public static Step? Lower(Operation operation, Weights weights) => operation.Operator switch
    {
        Int8Product { Product: Conv } product => Convolve(operation, product, weights),
        Int8Product { Product: ConvTranspose } product => Transposed(operation, product, weights),
        Int8Product product => Multiply(operation, product, weights),
        Int8Table table => new TableStep(operation.Name, table.Codes, operation.Input(0), operation.Output, weights),
        Int8Binary binary => new BinaryStep(operation, binary, weights),
        Int8Average average => new AverageStep(operation, average, weights),
        _ => null,
    };

    /// <summary>The one place that chooses the kernel of a convolution of 8-bit integers.</summary>
    private static Step Convolve(Operation operation, Int8Product product, Weights weights)
    {
        Conv conv = (Conv)product.Product;
        Shape w = product.Weights.Shape;
        WindowGeometry geometry = WindowGeometry.Of(conv, operation.Input(0).Shape, operation.Output.Shape, w[2], w[3]);
        Int8Convolution convolution = new(
            operation.Name, operation.Input(0), [.. product.Data.Zero], product.Weights.Stored, w[2], w[3], conv.Groups, geometry,
            EpilogueOf(product, weights), Residual(operation, product), operation.Output);
        if (Int8Depthwise.Suits(convolution)) return new Int8Depthwise(convolution, weights);
        if (Int8Winograd.Suits(convolution)) return new Int8Winograd(convolution, weights);
        return new Int8Windows(convolution, weights);
    }

    /// <summary>The rows of a matrix are the pixels of an image one pixel high, and the product is a convolution of 1 x 1.</summary>
    private static Step Multiply(Operation operation, Int8Product product, Weights weights)
    {
        (int length, int columns) = (product.Weights.Shape[0], product.Weights.Shape[1]);
        int rows = checked((int)(operation.Output.Shape.Count / columns));
        Buffer data = new(operation.Input(0).Name, new Shape(1, 1, rows, length), operation.Input(0));
        Buffer output = new(operation.Output.Name, new Shape(1, 1, rows, columns), operation.Output);
        Buffer? residual = Residual(operation, product) is { } added ? new Buffer(added.Name, output.Shape, added) : null;
        sbyte[] kernels = new sbyte[product.Weights.Stored.Length];
        for (int k = 0; k < length; k++)
        {
            for (int column = 0; column < columns; column++) kernels[column * length + k] = product.Weights.Stored[k * columns + column];
        }
        WindowGeometry geometry = new(data.Shape, output.Shape, 1, rows, [0], [0]);
        return new Int8Windows(
            new Int8Convolution(
                operation.Name, data, [.. product.Data.Zero], kernels, 1, 1, 1, geometry, EpilogueOf(product, weights), residual, output),
            weights);
    }

    /// <summary>One ordinary convolution for each remainder of the output's coordinates by the strides, as in <see cref="Products"/>.</summary>
    private static Phases Transposed(Operation operation, Int8Product product, Weights weights)
    {
        ConvTranspose conv = (ConvTranspose)product.Product;
        Shape w = product.Weights.Shape;
        Epilogue epilogue = EpilogueOf(product, weights);
        return new Phases(
            operation.Name,
            [
                .. TransposedWindows.Phases(conv, operation.Input(0).Shape, operation.Output.Shape, w[2], w[3]).Select(phase => new Int8Windows(
                    new Int8Convolution(
                        operation.Name, operation.Input(0), [.. product.Data.Zero], Kernels(product.Weights, phase.Taps), phase.Taps.Length, 1, 1, phase.Geometry,
                        epilogue, Residual(operation, product), operation.Output),
                    weights)),
            ]);
    }

    /// <summary>Some taps of the weights C x M x kH x kW of a transposed convolution, as M x C x taps x 1.</summary>
    private static sbyte[] Kernels(Int8Weights weights, int[] taps)
    {
        (int depth, int columns, int area) = (weights.Shape[0], weights.Shape[1], weights.Shape[2] * weights.Shape[3]);
        sbyte[] kernels = new sbyte[depth * columns * taps.Length];
        for (int m = 0; m < columns; m++)
        {
            for (int c = 0; c < depth; c++)
            {
                for (int t = 0; t < taps.Length; t++)
                    kernels[(m * depth + c) * taps.Length + t] = weights.Stored[(c * columns + m) * area + taps[t]];
            }
        }
        return kernels;
    }

    /// <summary>What becomes of the sums of a product.</summary>
    private static Epilogue EpilogueOf(Int8Product product, Weights weights)
    {
        int channels = product.Weights.Scale.Length;
        float[] factor = new float[channels];
        for (int c = 0; c < channels; c++) factor[c] = product.Data.Scale[product.Data.IsPerTensor ? 0 : c] * product.Weights.Scale[c];
        float[] bias = product.Bias is { } values ? [.. values] : new float[channels];
        SumsMeaning meaning = new(factor, bias, product.Residual, product.ResidualLast, product.Activation);
        if (product.Output is not { } output) return new Dequantize(meaning, weights);
        return RequantizeAtOnce.Suits(meaning, output) ? new RequantizeAtOnce(meaning, output, weights) : new Requantize(meaning, output, weights);
    }

    private static Buffer? Residual(Operation operation, Int8Product product) => product.Residual is null ? null : operation.Input(1);
}
