using EdgeCnn.Training.Checkpoints;
using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.Training.Running;

/// <summary>
/// All numbers that change while a network learns: its parameters and statistics, what the optimiser remembers of each parameter, and the
/// moving average of parameters and statistics.
/// </summary>
internal sealed class TrainingState
{
    private readonly TrainingNetwork _network;
    private readonly Optimiser _optimiser;
    private readonly MovingAverage? _average;

    /// <param name="network">That learns.</param>
    /// <param name="options">How.</param>
    /// <param name="averageDecay">Of the moving average; 0 for none.</param>
    public TrainingState(TrainingNetwork network, OptimiserOptions options, double averageDecay)
    {
        _network = network;
        int[] parameters = [.. network.Parameters.Select(parameter => parameter.Values.Length)];
        _optimiser = Optimiser.Create(options, parameters);
        if (averageDecay > 0)
            _average = new MovingAverage(averageDecay, [.. parameters, .. network.States.Select(state => state.Values.Length)]);
    }

    /// <summary>The root of the sum of squares of all gradients; not finite where one of them is not.</summary>
    public double GradientNorm()
    {
        double sum = 0;
        foreach (Parameter parameter in _network.Parameters) sum += Norm.SquaredSum(parameter.Gradient);
        return Math.Sqrt(sum);
    }

    /// <summary>Moves all parameters by their gradients, and the average after them.</summary>
    public void Step(StepSize size)
    {
        _optimiser.Advance();
        int index = 0;
        foreach (Parameter parameter in _network.Parameters)
        {
            _optimiser.Update(index, parameter.Values, parameter.Gradient, size, parameter.Decays);
            _average?.Add(index++, parameter.Values, _optimiser.Steps - 1);
        }
        foreach (State state in _network.States) _average?.Add(index++, state.Values, _optimiser.Steps - 1);
    }

    /// <summary>What <paramref name="make"/> makes of the network while it has the averages for values.</summary>
    public T WithAverage<T>(Func<TrainingNetwork, T> make)
    {
        Swap();
        try
        {
            return make(_network);
        }
        finally
        {
            Swap();
        }
    }

    /// <summary>Whether all parameters and statistics are finite.</summary>
    public bool IsFinite()
    {
        double sum = 0;
        foreach (Parameter parameter in _network.Parameters) sum += Norm.SquaredSum(parameter.Values);
        foreach (State state in _network.States) sum += Norm.SquaredSum(state.Values);
        return double.IsFinite(sum);
    }

    /// <summary>Everything, to be saved.</summary>
    public List<NamedArray> Capture()
    {
        List<NamedArray> arrays = [];
        foreach (Parameter parameter in _network.Parameters) arrays.Add(new($"parameter {parameter.Name}", parameter.Values.ToArray()));
        foreach (State state in _network.States) arrays.Add(new($"statistic {state.Name}", state.Values.ToArray()));
        arrays.AddRange(_optimiser.Memory.Select((values, i) => new NamedArray($"optimiser {i}", values)));
        if (_average is not null) arrays.AddRange(_average.Averages.Select((values, i) => new NamedArray($"average {i}", values)));
        return arrays;
    }

    /// <summary>Makes everything as it was when it was saved.</summary>
    /// <param name="arrays">That <see cref="Capture"/> gave.</param>
    /// <param name="steps">That had been taken.</param>
    /// <exception cref="TrainingException">They are of another network or optimiser.</exception>
    public void Restore(IReadOnlyList<NamedArray> arrays, long steps)
    {
        List<NamedArray> mine = Capture();
        if (!mine.Select(Signature).SequenceEqual(arrays.Select(Signature)))
            throw new TrainingException("The checkpoint was made with another network; begin anew without it.");
        int next = 0;
        foreach (Parameter parameter in _network.Parameters) arrays[next++].Values.CopyTo(parameter.Values);
        foreach (State state in _network.States) arrays[next++].Values.CopyTo(state.Values);
        foreach (float[] values in _optimiser.Memory) arrays[next++].Values.CopyTo(values, 0);
        foreach (float[] values in _average?.Averages ?? []) arrays[next++].Values.CopyTo(values, 0);
        _optimiser.Steps = steps;

        static (string, int) Signature(NamedArray array) => (array.Name, array.Values.Length);
    }

    private void Swap()
    {
        if (_average is null) return;
        int index = 0;
        foreach (Parameter parameter in _network.Parameters) _average.Swap(index++, parameter.Values);
        foreach (State state in _network.States) _average.Swap(index++, state.Values);
    }
}
