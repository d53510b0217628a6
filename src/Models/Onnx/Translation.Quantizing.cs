namespace EdgeCnn.Models.Onnx;

/// <summary>Operators on quantised tensors, ONNX's own and ONNX Runtime's.</summary>
internal static partial class Translation
{
    private static void AddQuantizing()
    {
        foreach (Action<string, Action<OnnxNode>> add in new Action<string, Action<OnnxNode>>[] { Add, AddMicrosoft })
        {
            add("QuantizeLinear", Quantize);
            add("DequantizeLinear", Dequantize);
        }
        Add("DynamicQuantizeLinear", node => node.EmitAll(new DynamicQuantizeLinear(), node.Inputs[0]));
        Add<MatMulInteger>();
        Add<QLinearMatMul>();
        AddMicrosoft("QLinearAdd", node => node.Emit(new QLinearAdd()));
        AddMicrosoft("QLinearMul", node => node.Emit(new QLinearMul()));
        AddMicrosoft("QLinearConcat", node => node.Emit(new QLinearConcat(node.Axis("axis", 0, input: 2))));
        AddMicrosoft("QLinearSigmoid", node => node.Emit(new QLinearSigmoid()));
        AddMicrosoft("QLinearLeakyRelu", node => node.Emit(new QLinearLeakyRelu(node.Float("alpha", 0.01f))));
    }

    private static void Quantize(OnnxNode node)
    {
        if (node.Int("block_size", 0) != 0) throw new UnsupportedNodeException("blocks");
        int wanted = node.Int32("output_dtype", 0);
        ElementType to = node.Has(2) ? node.Info(2).Type
            : wanted != 0 ? TensorReader.Type(wanted, "Its result") : ElementType.UInt8;
        node.Emit(new QuantizeLinear(ScaleAxis(node), to, node.Flag("saturate", true)));
    }

    private static void Dequantize(OnnxNode node)
    {
        if (node.Int("block_size", 0) != 0) throw new UnsupportedNodeException("blocks");
        node.Emit(new DequantizeLinear(ScaleAxis(node)));
    }

    /// <summary>Along which axis the scales change; without meaning, so 0, where there is one scale.</summary>
    private static int ScaleAxis(OnnxNode node) => node.Shape(1).Rank == 0 || node.Shape(1).Count == 1 && node.Shape(0).Rank < 2
        ? 0
        : node.Axis("axis", 1);
}
