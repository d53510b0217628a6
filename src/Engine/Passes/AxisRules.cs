using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>What an operator asks of the order of axes in memory.</summary>
internal enum AxisRule
{
    /// <summary>ONNX's order.</summary>
    Plain,

    /// <summary>N x spatial axes x C.</summary>
    ChannelsLast,

    /// <summary>Any, the same for all data; axes in attributes are renumbered.</summary>
    Any,

    /// <summary>Any, the same for all operands after their missing outer axes have become ones.</summary>
    Broadcast,
}

/// <summary>How each operator behaves when axes lie in another order than ONNX's.</summary>
internal static class AxisRules
{
    public static AxisRule Of(Operator op) => op switch
    {
        Extension extension => extension.Rule,
        Fused fused => Of(fused.Product),
        QuantizedProduct product => Of(product.Product),
        DynamicProduct product => Of(product.Product),
        Int8Round round => round.Scale.IsPerTensor ? AxisRule.Any : AxisRule.ChannelsLast,
        Int8Table or Int16Byte => AxisRule.Any,
        Int8Binary => AxisRule.Broadcast,
        Int8Average => AxisRule.ChannelsLast,
        Conv or ConvTranspose or ConvInteger or QLinearConv or Pooling or GlobalPooling or QLinearAveragePool or QLinearGlobalAveragePool
            or BatchNormalization or InstanceNormalization or GroupNormalization or Lrn or DepthToSpace or SpaceToDepth =>
                AxisRule.ChannelsLast,
        QLinearBinary or Binary or Variadic or Where or PRelu => AxisRule.Broadcast,
        QLinearUnary or QLinearConcat or Unary or Cast or IsNaN or Concat or Split or Slice or Pad or Tile or Resize
            or Reduction or ArgExtreme or TopK or QuantizeLinear or DequantizeLinear or DynamicQuantizeLinear => AxisRule.Any,
        _ => AxisRule.Plain,
    };

    /// <summary>Whether an input has the axes that the rule speaks of; weights, scales and zero points have not.</summary>
    public static bool IsData(Operator op, int index, int count) => op switch
    {
        Extension extension => extension.IsData(index),
        Fused { AddsResidual: true } when index == count - 1 => true,
        QuantizedProduct or Int8Binary => true,
        QLinearBinary => index is 0 or 3,
        QLinearConcat => index >= 2 && (index - 2) % 3 == 0,
        Binary or Variadic or Where or PRelu or Concat => true,
        _ => index == 0,
    };

    /// <summary>The same operator on data in another order.</summary>
    public static Operator InMemoryOrder(Operator op, AxisOrder order) => order.IsPlain ? op : op switch
    {
        Extension extension => extension.InMemoryOrder(order),
        Softmax x => x with { Axis = order.Place(x.Axis) },
        LogSoftmax x => x with { Axis = order.Place(x.Axis) },
        LpNormalization x => x with { Axis = order.Place(x.Axis) },
        CumSum x => x with { Axis = order.Place(x.Axis) },
        Concat x => x with { Axis = order.Place(x.Axis) },
        QLinearConcat x => x with { Axis = order.Place(x.Axis) },
        Split x => x with { Axis = order.Place(x.Axis) },
        Slice x => new Slice(order.Of(x.Starts), order.Of(x.Steps), order.Of(x.Sizes)),
        Pad x => x with { Begins = order.Of(x.Begins), Ends = order.Of(x.Ends) },
        Tile x => new Tile(order.Of(x.Repeats)),
        Resize x => x with
        {
            Scales = order.Of(x.Scales),
            Target = order.Of(x.Target),
            Roi = x.Roi.IsDefaultOrEmpty ? x.Roi : [.. order.Of(x.Roi[..order.Rank]), .. order.Of(x.Roi[order.Rank..])],
        },
        Reduction x => x with { Axes = [.. x.Axes.Select(order.Place).Order()] },
        ArgExtreme x => x with { Axis = order.Place(x.Axis) },
        TopK x => x with { Axis = order.Place(x.Axis) },
        QuantizeLinear x => x with { Axis = Place(order, x.Axis) },
        DequantizeLinear x => x with { Axis = Place(order, x.Axis) },
        _ => op,
    };

    /// <summary>The order of the outputs when the data is in <paramref name="order"/>.</summary>
    public static AxisOrder OutputOrder(Operator op, AxisOrder order) => op switch
    {
        Extension { KeepsOrder: false } => AxisOrder.Plain(order.Rank),
        Reduction { KeepDims: false } x => order.Without(x.Axes),
        ArgExtreme { KeepDims: false } x => order.Without([x.Axis]),
        _ => order,
    };

    // The axis of per-tensor quantisation means nothing and may lie outside the rank.
    private static int Place(AxisOrder order, int axis) => axis >= 0 && axis < order.Rank ? order.Place(axis) : axis;
}
