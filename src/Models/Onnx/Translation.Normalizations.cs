namespace EdgeCnn.Models.Onnx;

internal static partial class Translation
{
    private static void AddNormalizations()
    {
        Add("BatchNormalization", BatchNormalize);
        Add("InstanceNormalization", node => node.Emit(new InstanceNormalization(node.Float("epsilon", 1e-5f))));
        Add("LayerNormalization", LayerNormalize);
        Add("GroupNormalization", GroupNormalize);
        Add("LRN", node => node.Emit(
            new Lrn(node.Int32("size", 0), node.Float("alpha", 0.0001f), node.Float("beta", 0.75f), node.Float("bias", 1))));
        Add("LpNormalization", node => node.Emit(new LpNormalization(node.Axis("axis", -1), node.Int32("p", 2))));
    }

    private static void BatchNormalize(OnnxNode node)
    {
        if (node.Flag("training_mode")) throw new UnsupportedNodeException("training mode");
        if (!node.Flag("spatial", true)) throw new UnsupportedNodeException("spatial = 0");
        node.Emit(new BatchNormalization(node.Float("epsilon", 1e-5f)));
    }

    private static void LayerNormalize(OnnxNode node)
    {
        if (node.Wants(1) || node.Wants(2)) throw new UnsupportedNodeException("its outputs of mean and standard deviation");
        node.Emit(new LayerNormalization(node.Axis("axis", -1), node.Float("epsilon", 1e-5f)));
    }

    /// <summary>Before version 21 scale and bias are given per group; each is repeated for the channels of its group.</summary>
    private static void GroupNormalize(OnnxNode node)
    {
        Shape x = node.Shape(0);
        int groups = node.Int32("num_groups", 0);
        if (x.Rank < 2 || groups < 1 || x[1] % groups != 0)
            throw new ModelException($"An input of shape {x} cannot be split into {groups} groups of channels.");
        string scale = node.Inputs[1], bias = node.Inputs[2];
        if (node.Opset < 21) (scale, bias) = (PerChannel(1), PerChannel(2));
        node.Emit(new GroupNormalization(node.Float("epsilon", 1e-5f), groups), node.Inputs[0], scale, bias);

        string PerChannel(int input)
        {
            string column = node.Step(new Reshape(new Shape(groups, 1)), node.Inputs[input]);
            string repeated = node.Step(new Expand(new Shape(groups, x[1] / groups)), column);
            return node.Step(new Reshape(new Shape(x[1])), repeated);
        }
    }
}
