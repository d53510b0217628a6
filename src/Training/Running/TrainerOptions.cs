using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.Training.Running;

/// <summary>How a network is trained.</summary>
public sealed record TrainerOptions
{
    /// <summary>How often every picture is seen.</summary>
    public required int Epochs { get; init; }

    /// <summary>Of the steps of the whole run.</summary>
    public required Schedule Schedule { get; init; }

    public OptimiserOptions Optimiser { get; init; } = new();

    /// <summary>Gradients of a larger norm are shortened to it; 0 for never.</summary>
    public double MostGradient { get; init; } = 10;

    /// <summary>Of the moving average of the weights, which is what is validated and kept; 0 for the weights themselves.</summary>
    public double AverageDecay { get; init; } = 0.999;

    /// <summary>The run ends when so many epochs in a row were no better than the best one; 0 for never.</summary>
    public int Patience { get; init; }

    /// <summary>Where the run is saved after each epoch, and when it is stopped; null for nowhere.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Within long epochs it is saved as often.</summary>
    public TimeSpan SaveEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What decides the result beside this, by name: a run that goes on must have the same.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
