using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>A node on the way back: what a rule needs to know of it, and where it puts the gradients of its inputs.</summary>
internal sealed class Backward(Differentiation graph, Node node)
{
    public Operator Operator => node.Operator;

    public int Inputs => node.Inputs.Length;

    public int Outputs => node.Outputs.Length;

    public string Y => node.Outputs[0];

    /// <summary>d(loss)/d(first output).</summary>
    public string DY => OutputGradient(0)!;

    public string X(int index = 0) => node.Inputs[index];

    public Shape Shape(string value) => graph.Shape(value);

    /// <summary>d(loss)/d(output); null where the loss does not depend on it.</summary>
    public string? OutputGradient(int index) => graph.Gradient(node.Outputs[index]);

    /// <summary>Whether anybody needs the gradient of an input.</summary>
    public bool Wants(int input) => input < node.Inputs.Length && graph.Wants(node.Inputs[input]);

    public Tensor? Constant(int input) => graph.Constant(node.Inputs[input]);

    public string Scalar(float value) => graph.AddConstant($"{node.Name}/factor", Tensor.Of(Models.Shape.Scalar, [value]));

    public string Constant(string role, Tensor tensor) => graph.AddConstant($"{node.Name}/{role}", tensor);

    public string Zeros(Shape shape) => graph.AddConstant($"{node.Name}/zeros", Tensor.Zeros(ElementType.Float32, shape));

    /// <summary>An operation of the backward pass.</summary>
    /// <returns>What it makes.</returns>
    public string Add(Operator op, params ReadOnlySpan<string> inputs) => graph.Add($"{node.Name}/gradient", op, inputs);

    public string[] AddMany(Operator op, int outputs, params ReadOnlySpan<string> inputs) =>
        graph.AddMany($"{node.Name}/gradient", op, outputs, inputs);

    /// <summary>Adds to d(loss)/d(input).</summary>
    public void Give(int input, string gradient) => graph.Give(node.Inputs[input], gradient);

    /// <summary>
    /// Adds to d(loss)/d(input) of an input that was broadcast: its gradient is the sum over all places where an element stood.
    /// </summary>
    public void GiveSummed(int input, string gradient) => Give(input, SumTo(gradient, Shape(X(input))));

    public string Reshape(string value, Shape shape) => Shape(value).Equals(shape) ? value : Add(new Reshape(shape), value);

    public string SumTo(string gradient, Shape target)
    {
        Shape from = Shape(gradient);
        if (from.Equals(target)) return gradient;
        int missing = from.Rank - target.Rank;
        int[] axes = [.. Enumerable.Range(0, from.Rank).Where(axis => axis < missing || (target[axis - missing] == 1 && from[axis] != 1))];
        if (axes.Length == 0) return Reshape(gradient, target);
        bool perChannel = from.Rank is 2 or 4 && axes.Length == from.Rank - 1 && !axes.Contains(1);
        return Reshape(perChannel ? Add(new ChannelSums(), gradient) : Add(new ReduceSum([.. axes], KeepDims: false), gradient), target);
    }
}
