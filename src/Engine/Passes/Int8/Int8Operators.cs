using System.Collections.Immutable;
using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

/// <summary>
/// A product of 8-bit data with constant 8-bit weights, and what follows: activation(product + bias + residual), or the residual after
/// the activation. Inputs are the data, then the residual if there is one, both of <see cref="Cpu.Int8Data"/>.
/// </summary>
/// <param name="Product">Conv, ConvTranspose or MatMul.</param>
/// <param name="Weights">In ONNX order.</param>
/// <param name="Bias">One real value per output channel; null: none.</param>
/// <param name="Data">How the data is stored; per channel only where the convolution is depthwise.</param>
/// <param name="Residual">How the residual is stored; null: there is none.</param>
/// <param name="ResidualLast">Whether it is added after the activation.</param>
/// <param name="Activation">Or null.</param>
/// <param name="Output">How the result is stored; null: as floats.</param>
internal sealed record QuantizedProduct(
    Operator Product, Int8Weights Weights, ImmutableArray<float>? Bias, QuantizedScale Data, QuantizedScale? Residual, bool ResidualLast,
    Operator? Activation,
    QuantizedScale? Output) : Operator
{
    public override string Name => $"int8 {Product.Name}";

    public ElementType OutputType => Output is null ? ElementType.Float32 : Cpu.Int8Data;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        One(OutputType,
            Product.Infer([inputs[0]! with { Type = ElementType.Float32 }, new ValueInfo(ElementType.Float32, Weights.Shape)], 1)[0].Shape);
}

/// <summary>
/// A product of 8-bit data with constant 8-bit weights, where only the run tells how the data is stored. Inputs are the data and its zero
/// point, of <see cref="Cpu.Int8Data"/>, then the real value of a sum of one; without that, the result is the sums.
/// </summary>
/// <param name="Product">Conv or MatMul.</param>
/// <param name="Weights">In ONNX order.</param>
/// <param name="Bias">One real value per output channel; null: none.</param>
/// <param name="Activation">Or null.</param>
internal sealed record DynamicProduct(Operator Product, Int8Weights Weights, ImmutableArray<float>? Bias, Operator? Activation) : Operator
{
    public override string Name => $"dynamic int8 {Product.Name}";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => One(
        inputs[2] is null ? ElementType.Int32 : ElementType.Float32,
        Product.Infer([inputs[0]! with { Type = ElementType.Float32 }, new ValueInfo(ElementType.Float32, Weights.Shape)], 1)[0].Shape);
}

/// <summary>Constant weights of a product: real = scale * stored.</summary>
/// <param name="Shape">As ONNX has it.</param>
/// <param name="Stored">The integers.</param>
/// <param name="Scale">One per output channel.</param>
/// <param name="IsTransposed">Whether a matrix lies column after column.</param>
internal sealed record Int8Weights(Shape Shape, sbyte[] Stored, float[] Scale, bool IsTransposed = false);

/// <summary>
/// Floats become 8-bit integers: QuantizeLinear to the type that integers have inside of the network, of one scale or one per channel
/// (axis 1).
/// </summary>
internal sealed record Int8Round(QuantizedScale Scale) : Operator
{
    public override string Name => "int8 QuantizeLinear";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        One(Cpu.Int8Data, inputs[0]!.Shape);
}

/// <summary>A function of one 8-bit value: for each of its 256 codes, taken as unsigned, the code of the result.</summary>
internal sealed record Int8Table(ImmutableArray<byte> Codes) : Operator
{
    /// <summary>The type of the result.</summary>
    public ElementType Type { get; init; } = Cpu.Int8Data;

    /// <summary>The same integers as another 8-bit type.</summary>
    public static Int8Table Shift(ElementType type) =>
        new([.. Enumerable.Range(0, 256).Select(code => (byte)(code ^ 0x80))]) { Type = type };

    public override string Name => "int8 table";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => One(Type, inputs[0]!.Shape);
}

/// <summary>The sum or product of two 8-bit values, which are broadcast, and a clamp that follows.</summary>
/// <param name="Operation">Add, Sub or Mul.</param>
/// <param name="A">How the first operand is stored.</param>
/// <param name="B">How the second operand is stored.</param>
/// <param name="Clamp">A Relu or Clip, or null.</param>
/// <param name="Output">How the result is stored.</param>
internal sealed record Int8Binary(Operator Operation, QuantizedScale A, QuantizedScale B, Operator? Clamp, QuantizedScale Output) : Operator
{
    public override string Name => $"int8 {Operation.Name}";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        One(inputs[0]!.Type, Shape.Broadcast(inputs[0]!.Shape, inputs[1]!.Shape));
}

/// <summary>Averages of 8-bit values.</summary>
/// <param name="Pooling">AveragePool or GlobalAveragePool.</param>
/// <param name="Data">How the data is stored.</param>
/// <param name="Output">How the result is stored.</param>
internal sealed record Int8Average(Operator Pooling, QuantizedScale Data, QuantizedScale Output) : Operator
{
    public override string Name => $"int8 {Pooling.Name}";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        One(inputs[0]!.Type, Pooling.Infer([inputs[0]! with { Type = ElementType.Float32 }], 1)[0].Shape);
}

/// <summary>One of the two bytes of each 16-bit integer, counted from the lowest of its type, as an 8-bit integer of the network.</summary>
/// <param name="Upper">Which one.</param>
internal sealed record Int16Byte(bool Upper) : Operator
{
    public override string Name => Upper ? "upper byte" : "lower byte";

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) =>
        One(Cpu.Int8Data, inputs[0]!.Shape);
}
