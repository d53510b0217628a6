using System.Globalization;
using EdgeCnn.Models;
using EdgeCnn.Training.Checkpoints;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.Training.Running;

/// <summary>
/// Trains a network: epochs over batches, validation after each, the best network handed out, everything saved so that a run that is
/// stopped goes on to the same bits. One thread uses it.
/// </summary>
public sealed class Trainer
{
    private readonly TrainingNetwork _network;
    private readonly ILoss _loss;
    private readonly IBatches _batches;
    private readonly TrainerOptions _options;
    private readonly TimeProvider _time;
    private readonly TrainingState _state;
    private readonly Dictionary<string, string> _settings;
    private readonly List<EpochResult> _history = [];
    private RunPosition _position = new(0, 0, 0, 0, new Dictionary<string, double>(), 0);
    private long _savedAt;
    private long _resumedAt;

    public Trainer(TrainingNetwork network, ILoss loss, IBatches batches, TrainerOptions options, TimeProvider? time = null)
    {
        (_network, _loss, _batches, _options, _time) = (network, loss, batches, options, time ?? TimeProvider.System);
        _state = new TrainingState(network, options.Optimiser, options.AverageDecay);
        // Data that have grown meanwhile are other data.
        _settings = new(options.Settings) { ["an epoch's steps"] = batches.Count.ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>Judges the network after each epoch; null: the last epoch is the best one.</summary>
    public Func<Graph, ValidationResult>? Validate { get; init; }

    /// <summary>Told after each step.</summary>
    public Action<StepReport>? Stepped { get; init; }

    /// <summary>Told after each epoch, when it has been saved.</summary>
    public Action<EpochResult>? EpochEnded { get; init; }

    /// <summary>Given the network whenever no epoch before was as good; saves it.</summary>
    public Action<Graph>? Improved { get; init; }

    /// <summary>Told in one sentence what went wrong while the run goes on.</summary>
    public Action<string>? Complain { get; init; }

    /// <summary>The epochs that are done.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>The best of them; null as long as there is none.</summary>
    public EpochResult? Best => _history.FindLast(epoch => epoch.Best);

    /// <summary>Whether the run ended because it became no better.</summary>
    public bool StoppedEarly =>
        _options.Patience > 0 && Best is { } best && _history.Count - best.Epoch >= _options.Patience && _history.Count < _options.Epochs;

    /// <summary>Goes on where a run was saved.</summary>
    /// <exception cref="TrainingException">It was another run.</exception>
    public void Resume(Checkpoint checkpoint)
    {
        foreach ((string name, string value) in _settings)
        {
            if (checkpoint.Settings.TryGetValue(name, out string? before) && before == value) continue;
            throw new TrainingException(
                $"The checkpoint was made with {name} {before ?? "left out"}, and this run has {value}; give the same to go on, or begin anew without it.");
        }
        _state.Restore(checkpoint.Arrays, checkpoint.Position.Steps);
        _position = checkpoint.Position;
        _network.Step = _position.Steps;
        _history.Clear();
        _history.AddRange(checkpoint.History);
    }

    /// <summary>Trains until all epochs are done, or it becomes no better.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; what was learned is saved.</exception>
    /// <exception cref="TrainingException">The loss is no number any more, or what was to be saved at the end cannot be.</exception>
    public void Run(CancellationToken cancellation = default)
    {
        _savedAt = _time.GetTimestamp();
        while (_position.Epoch < _options.Epochs && !StoppedEarly)
        {
            try
            {
                Learn(cancellation);
                FinishEpoch();
            }
            catch (OperationCanceledException) when (_options.CheckpointPath is not null)
            {
                Save();
                throw;
            }
        }
    }

    /// <summary>The rest of an epoch.</summary>
    private void Learn(CancellationToken cancellation)
    {
        _resumedAt = _time.GetTimestamp();
        foreach (Batch batch in _batches.Epoch(_position.Epoch, _position.StepInEpoch))
        {
            batch.Fill(_network.Input(0));
            Step(batch.Examples);
            cancellation.ThrowIfCancellationRequested();
            if (_time.GetElapsedTime(_savedAt) >= _options.SaveEvery) TrySave();
        }
    }

    private void Step(ReadOnlySpan<Example> examples)
    {
        double rate = _options.Schedule.At(_position.Steps);
        _network.Forward();
        LossValue loss = _loss.Compute(_network, examples);
        RequireNumber(loss.Total, "loss");
        _network.Backward();
        double norm = _state.GradientNorm();
        RequireNumber(norm, "gradient");
        _state.Step(new StepSize(rate, Norm.ClippingFactor(norm, _options.MostGradient)));

        Dictionary<string, double> parts = new(_position.PartSums);
        // A loss of one part is that part.
        if (loss.Parts.Length > 1)
        {
            foreach ((string name, double value) in loss.Parts) parts[name] = parts.GetValueOrDefault(name) + value;
        }
        _position = _position with
        {
            StepInEpoch = _position.StepInEpoch + 1,
            Steps = _position.Steps + 1,
            LossSum = _position.LossSum + loss.Total,
            PartSums = parts,
        };
        Stepped?.Invoke(new StepReport(
            _position.Epoch + 1, _options.Epochs, _position.StepInEpoch, _batches.Count, _position.LossSum / _position.StepInEpoch, rate));
    }

    private void FinishEpoch()
    {
        Graph network = _state.WithAverage(network => network.Export());
        ValidationResult? validation = Validate?.Invoke(network);
        bool best = Best is not { } champion || validation is null || validation.Score > champion.Score
            || (validation.Score == champion.Score && validation.Loss < champion.ValidationLoss);
        int steps = Math.Max(1, _position.StepInEpoch);
        EpochResult result = new(
            _position.Epoch + 1,
            _position.Steps,
            _options.Schedule.At(_position.Steps - 1),
            _position.LossSum / steps,
            _position.PartSums.ToDictionary(part => part.Key, part => part.Value / steps),
            validation?.Loss,
            validation?.Measure,
            validation?.Score,
            best,
            Seconds());
        if (best) Improved?.Invoke(network);
        _history.Add(result);
        _position = new RunPosition(_position.Epoch + 1, 0, _position.Steps, 0, new Dictionary<string, double>(), 0);
        _resumedAt = _time.GetTimestamp();
        TrySave();
        EpochEnded?.Invoke(result);
    }

    private double Seconds() => _position.Seconds + _time.GetElapsedTime(_resumedAt).TotalSeconds;

    private void RequireNumber(double value, string what)
    {
        if (double.IsFinite(value)) return;
        string kept = _options.CheckpointPath is { } path && File.Exists(path)
            ? $"the last good checkpoint is '{path}'"
            : "no checkpoint has been written yet";
        throw new TrainingException(
            $"The {what} is not a number since step {_position.StepInEpoch + 1} of epoch {_position.Epoch + 1}; {kept}. Train with a lower rate.");
    }

    /// <summary>Saves the run; where that fails, says so, and the run goes on with the older checkpoint.</summary>
    private void TrySave()
    {
        if (_options.CheckpointPath is null) return;
        try
        {
            Save();
        }
        catch (TrainingException e)
        {
            Complain?.Invoke(e.Message);
        }
    }

    /// <exception cref="TrainingException">It cannot be written.</exception>
    private void Save()
    {
        _savedAt = _time.GetTimestamp();
        // A last step may have thrown weights where the next one would notice it; what was saved before stays.
        if (!_state.IsFinite()) return;
        RunPosition position = _position with { Seconds = Seconds() };
        try
        {
            new Checkpoint(_settings, position, _history, _state.Capture()).Write(_options.CheckpointPath!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException($"The checkpoint '{_options.CheckpointPath}' cannot be written: {e.Message}", e);
        }
    }
}
