using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Products;
using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Engine.Kernels.Reductions;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels;

/// <summary>From what is to be computed to the kernel that does it: the one table of all operators that the engine runs.</summary>
internal static class Lowering
{
    /// <returns>The step, or null when the engine has no kernel for this operator with these element types.</returns>
    public static Step? Lower(Operation operation, Weights weights) => operation.Operator switch
    {
        Extension extension => extension.Lower(operation, weights),
        Fused or Conv or ConvTranspose or MatMul => ProductLowering.Lower(operation, weights),
        CopyColumns => new CopyColumnsStep(operation.Name, operation.Input(0), operation.Output),
        Pooling or GlobalPooling => Poolings.Lower(operation),
        ConvInteger or QLinearConv or MatMulInteger or QLinearMatMul => IntegerProducts.Lower(operation, weights),
        QuantizedProduct or DynamicProduct or Int8Round or Int8Table or Int8Binary or Int8Average or Int16Byte =>
            Int8Lowering.Lower(operation, weights),
        _ => ElementwiseLowering.Lower(operation)
            ?? ShapingLowering.Lower(operation)
            ?? ReductionLowering.Lower(operation)
            ?? QuantizedLowering.Lower(operation),
    };
}
