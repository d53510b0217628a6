namespace EdgeCnn.Models;

/// <summary>
/// What one output pixel sees of the image along one axis, padding included (Araujo, Norris, Sim, "Computing Receptive Fields of
/// Convolutional Neural Networks", Distill 2019).
/// </summary>
/// <param name="Extent">Input pixels that it depends on.</param>
/// <param name="Jump">Input pixels between it and its neighbour; 0 when there is none, since everything was joined.</param>
internal readonly record struct ReceptiveField(double Extent, double Jump)
{
    public static readonly ReceptiveField Pixel = new(1, 1);

    /// <summary>
    /// The field of a node's first output along H (axis 2) or W (3); null where places are mixed in ways that are not followed.
    /// </summary>
    /// <param name="op">The node's operator.</param>
    /// <param name="inputs">Types and shapes of its inputs.</param>
    /// <param name="output">Shape of its first output.</param>
    /// <param name="x">The joined field of those of its inputs that depend on the image.</param>
    /// <param name="axis">2 or 3.</param>
    public static ReceptiveField? After(Operator op, ReadOnlySpan<ValueInfo?> inputs, Shape output, ReceptiveField x, int axis)
    {
        Shape shape = inputs[0]!.Shape;
        int spatial = axis - 2;
        if (x.Jump == 0) return x;
        return op switch
        {
            ConvTranspose up => x.Spread(inputs[1]!.Shape[axis], up.Dilations[spatial], up.Strides[spatial]),
            Convolution conv => x.Slide(inputs[conv is QLinearConv ? 3 : 1]!.Shape[axis], conv.Dilations[spatial], conv.Strides[spatial]),
            Pooling pool => x.Slide(pool.Kernel[spatial], pool.Dilations[spatial], pool.Strides[spatial]),
            QLinearAveragePool pool => x.Slide(pool.Kernel[spatial], 1, pool.Strides[spatial]),
            GlobalPooling or QLinearGlobalAveragePool => x.Whole(shape[axis]),
            Reduction mean => mean.Axes.Contains(axis) ? x.Whole(shape[axis]) : mean.KeepDims ? x : null,
            Reshape when output.Rank == 4 && output[2] == shape[2] && output[3] == shape[3] => x,
            Reshape when output.Rank == 2 => x.Whole(shape[axis]),
            Slice slice => x with { Jump = x.Jump * Math.Abs(slice.Steps[axis]) },
            Resize => x with { Jump = x.Jump * shape[axis] / output[axis] },
            Concat { Axis: 1 } or Split { Axis: 1 } or QLinearConcat { Axis: 1 } or Pad or Identity or Dropout or Cast => x,
            AlongAxis { Axis: not 1 } => null,
            Unary or PRelu or Binary or Variadic or BatchNormalization or Lrn => x,
            QuantizeLinear or DequantizeLinear or QLinearBinary or QLinearUnary => x,
            _ => null,
        };
    }

    public static ReceptiveField Join(ReceptiveField a, ReceptiveField b) => new(Math.Max(a.Extent, b.Extent), Math.Max(a.Jump, b.Jump));

    private ReceptiveField Slide(int kernel, int dilation, int stride) => new(Extent + (kernel - 1.0) * dilation * Jump, Jump * stride);

    private ReceptiveField Spread(int kernel, int dilation, int stride)
    {
        double reach = Math.Floor((kernel - 1.0) * dilation / stride);
        return new ReceptiveField(Extent + reach * Jump, Jump / stride);
    }

    private ReceptiveField Whole(int extent) => new(Extent + (extent - 1.0) * Jump, 0);
}
