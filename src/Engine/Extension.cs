using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>
/// An operator that is no part of ONNX and brings its own kernel: the gradients of another room. The engine plans, places and runs it like
/// its own.
/// </summary>
internal abstract record Extension : Operator
{
    /// <summary>What it asks of the order of axes in memory.</summary>
    public abstract AxisRule Rule { get; }

    /// <summary>Whether outputs of the data's rank lie in the data's order; otherwise in ONNX's.</summary>
    public virtual bool KeepsOrder => true;

    /// <summary>Whether an input has the axes that <see cref="Rule"/> speaks of; others come in ONNX's order.</summary>
    public virtual bool IsData(int index) => index == 0;

    /// <summary>The same operator on data in another order.</summary>
    public virtual Operator InMemoryOrder(AxisOrder order) => this;

    /// <summary>The kernel. Shapes are those of memory.</summary>
    public abstract Step Lower(Operation operation, Weights weights);
}
