using System.Collections.Immutable;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Losses;

/// <summary>How far a network's outputs are from what the pictures show, and in which direction they should move.</summary>
public interface ILoss
{
    /// <summary>
    /// Reads the outputs of the last Forward and writes all of their gradients: those of the mean over the batch. Equal outputs give equal
    /// bits.
    /// </summary>
    /// <param name="network">After Forward.</param>
    /// <param name="batch">
    /// What the network saw, in the order of the batch: pictures as they were put in, boxes in pixels of the network's input.
    /// </param>
    /// <exception cref="DataException">A label does not fit the network.</exception>
    LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch);
}

/// <summary>A loss and what it is the sum of, each already weighted.</summary>
public readonly record struct LossValue(double Total, ImmutableArray<(string Name, double Value)> Parts)
{
    /// <summary>A loss of one part.</summary>
    public static LossValue Of(string name, double value) => new(value, [(name, value)]);
}
