using System.Numerics;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Quantized;

/// <summary>Steps for the operators that quantise, and for those that work on quantised tensors one operator at a time.</summary>
internal static class QuantizedLowering
{
    /// <returns>The step, or null when there is no kernel for this operator with these element types.</returns>
    public static Step? Lower(Operation operation) => operation.Operator switch
    {
        QuantizeLinear op when operation.Input(1).Type == ElementType.Float32 =>
            Numbers.For(operation.Input(0).Type, new ForQuantize(operation, op)),
        DequantizeLinear op => operation.Input(0).Type switch
        {
            ElementType.UInt8 => new DequantizeStep<byte>(operation, op.Axis),
            ElementType.Int8 => new DequantizeStep<sbyte>(operation, op.Axis),
            ElementType.UInt16 => new DequantizeStep<ushort>(operation, op.Axis),
            ElementType.Int16 => new DequantizeStep<short>(operation, op.Axis),
            ElementType.Int32 => new DequantizeStep<int>(operation, op.Axis),
            _ => null,
        },
        DynamicQuantizeLinear => LowerDynamic(operation),
        QLinear when operation.Output.Type == ElementType.UInt8 => LowerQLinear<byte>(operation),
        QLinear when operation.Output.Type == ElementType.Int8 => LowerQLinear<sbyte>(operation),
        _ => null,
    };

    /// <summary>The range first, then an ordinary quantisation with the scale and zero point that it found.</summary>
    private static QuantizeStep<float, byte> LowerDynamic(Operation operation)
    {
        (Buffer x, Buffer scale, Buffer zero) = (operation.Input(0), operation.Outputs[1], operation.Outputs[2]);
        RangeStep range = new($"{operation.Name} range", x, scale, zero);
        return new QuantizeStep<float, byte>(operation with { Inputs = [x, scale, zero] }, axis: 0, range);
    }

    private static Step? LowerQLinear<T>(Operation operation) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        operation.Operator switch
        {
            QLinearBinary => new QLinearBinaryStep<T>(operation),
            QLinearSigmoid => new QLinearTableStep<T>(operation, Map.Of(new FloatFunctions.Sigmoid())),
            QLinearLeakyRelu op => new QLinearTableStep<T>(operation, Map.Of(new FloatFunctions.LeakyRelu(op.Alpha))),
            QLinearConcat op => new QLinearConcatStep<T>(operation, op.Axis),
            QLinearAveragePool or QLinearGlobalAveragePool => new QLinearAverageStep<T>(operation),
            _ => null,
        };

    private sealed record ForQuantize(Operation Operation, QuantizeLinear Op) : IForNumbers<Step>
    {
        public Step? Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Op.To switch
        {
            ElementType.UInt8 => new QuantizeStep<T, byte>(Operation, Op.Axis),
            ElementType.Int8 => new QuantizeStep<T, sbyte>(Operation, Op.Axis),
            ElementType.UInt16 => new QuantizeStep<T, ushort>(Operation, Op.Axis),
            ElementType.Int16 => new QuantizeStep<T, short>(Operation, Op.Axis),
            _ => null,
        };
    }
}
