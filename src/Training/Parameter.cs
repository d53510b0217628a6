using EdgeCnn.Models;

namespace EdgeCnn.Training;

/// <summary>
/// A constant of the network that learns. Its memory is that of the plan: it lives as long as the <see cref="TrainingNetwork"/>.
/// </summary>
public sealed class Parameter
{
    private readonly Engine.Buffer _values;
    private readonly Engine.Buffer _gradient;

    internal Parameter(string name, Shape shape, Engine.Buffer values, Engine.Buffer gradient) =>
        (Name, Shape, _values, _gradient) = (name, shape, values, gradient);

    /// <summary>As in the graph.</summary>
    public string Name { get; }

    /// <summary>As in the graph.</summary>
    public Shape Shape { get; }

    /// <summary>The elements in ONNX order. What is written is what the next <see cref="TrainingNetwork.Forward"/> uses.</summary>
    public Span<float> Values => _values.Span<float>();

    /// <summary>
    /// The derivative of the loss by each element, in ONNX order, as the last <see cref="TrainingNetwork.Backward"/> left it.
    /// </summary>
    public ReadOnlySpan<float> Gradient => _gradient.Span<float>();

    /// <summary>Whether weight decay applies: to weights, not to biases and what normalisations learn.</summary>
    public bool Decays => Shape.Rank >= 2;

    public override string ToString() => $"{Name} {Shape}";
}

/// <summary>
/// What a network keeps from step to step without learning it: the running mean or variance of a batch normalisation, an end of the range
/// of an activation.
/// </summary>
public sealed class State
{
    private readonly float[] _values;

    internal State(string name, float[] values) => (Name, _values) = (name, values);

    /// <summary>As the constant in the graph, where it is one.</summary>
    public string Name { get; }

    /// <summary>One per channel. What is written is what is exported.</summary>
    public Span<float> Values => _values;

    public override string ToString() => Name;
}
