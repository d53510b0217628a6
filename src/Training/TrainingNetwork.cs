using System.Diagnostics;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Training.Gradients;

namespace EdgeCnn.Training;

/// <summary>
/// A network that learns: write the inputs, <see cref="Forward"/>, let a loss read the outputs and write their gradients, <see
/// cref="Backward"/>, let an optimiser read the parameters' gradients and write their values. The way back is a part of the graph, and the
/// engine plans the whole: the memory of a step is laid out beforehand, a step allocates nothing, and gives the same bits with any number
/// of threads. One network is used by one thread at a time.
/// </summary>
public sealed unsafe class TrainingNetwork : IDisposable
{
    private readonly Graph _source;
    private readonly Plan _plan;
    private readonly Workers _workers;
    private readonly double _momentum;
    private readonly int _backward;
    private readonly Engine.Buffer[] _inputs;
    private readonly Engine.Buffer[] _outputs;
    private readonly Engine.Buffer?[] _outputGradients;
    private readonly Engine.Buffer? _inputGradient;
    private readonly Engine.Buffer? _step;
    private readonly Dictionary<string, (Engine.Buffer Value, Engine.Buffer Gradient)> _watched;
    private readonly (Engine.Buffer Mean, Engine.Buffer Variance, State RunningMean, State RunningVariance, long Count)[] _statistics;
    private readonly (Engine.Buffer Before, Engine.Buffer After, State State)[] _ranges;
    private readonly long[]? _ticks;
    private bool _disposed;

    private TrainingNetwork(Graph source, TrainingGraph training, Plan plan, TrainingOptions options)
    {
        (_source, _plan, _momentum, Batch) = (source, plan, options.BatchNormMomentum, options.Batch);
        Dictionary<string, Engine.Buffer> inputs = training.Graph.Inputs.Zip(plan.Inputs).ToDictionary();
        Dictionary<string, Engine.Buffer> outputs = training.Graph.Outputs.Zip(plan.Outputs).ToDictionary();
        Inputs = [.. source.Inputs.Select(Describe)];
        Outputs = [.. source.Outputs.Select(Describe)];
        _inputs = [.. source.Inputs.Select(name => inputs[name])];
        _outputs = [.. source.Outputs.Select(name => outputs[name])];
        _outputGradients = [.. training.OutputGradients.Select(name => name is null ? null : inputs[name])];
        _inputGradient = training.InputGradient is { } gradient ? outputs[gradient] : null;
        _step = training.Step is { } step ? inputs[step] : null;
        _watched = training.WatchedGradients.ToDictionary(entry => entry.Key, entry => (outputs[entry.Key], outputs[entry.Value]));
        Parameters =
        [
            .. training.Parameters.Select(entry =>
                new Parameter(entry.Name, source.Constants[entry.Name].Shape, inputs[entry.Name], outputs[entry.Gradient])),
        ];
        foreach (Parameter parameter in Parameters) source.Constants[parameter.Name].As<float>().CopyTo(parameter.Values);
        Dictionary<string, State> states = [];
        _statistics =
        [
            .. training.Statistics.Select(place => (
                outputs[place.Batch.Mean], outputs[place.Batch.Variance],
                StateOf(place.Running.Mean), StateOf(place.Running.Variance), place.Count)),
        ];
        _ranges =
        [
            .. training.Ranges.SelectMany(range => new[]
            {
                (inputs[range.Before.Low], outputs[range.After.Low], Empty($"{range.Name} low", range.Channels, float.PositiveInfinity)),
                (inputs[range.Before.High], outputs[range.After.High], Empty($"{range.Name} high", range.Channels, float.NegativeInfinity)),
            }),
        ];
        States = [.. states.Values, .. _ranges.Select(range => range.State)];
        _backward = FirstThatReads([.. _outputGradients.OfType<Engine.Buffer>().Select(buffer => buffer.Root)]);
        _ticks = options.Profile ? new long[plan.Steps.Count] : null;
        _workers = new Workers(options.Threads > 0 ? options.Threads : Cpu.PhysicalCores, plan.ScratchBytes);

        NamedValue Describe(string name) => new(name, training.Graph.Values[name].Type, training.Graph.Values[name].Shape);

        static State Empty(string name, int channels, float end)
        {
            float[] values = new float[channels];
            Array.Fill(values, end);
            return new State(name, values);
        }

        State StateOf(string name)
        {
            if (!states.TryGetValue(name, out State? state)) states.Add(name, state =
                new State(name, source.Constants[name].As<float>().ToArray()));
            return state;
        }
    }

    /// <summary>Examples of one step.</summary>
    public int Batch { get; }

    /// <summary>With the batch as the first extent.</summary>
    public IReadOnlyList<NamedValue> Inputs { get; }

    /// <summary>With the batch as the first extent.</summary>
    public IReadOnlyList<NamedValue> Outputs { get; }

    /// <summary>What learns, in the order of the graph's constants.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>
    /// Running means and variances of the batch normalisations that learn; ranges of activations, where training knows of 8 bits.
    /// </summary>
    public IReadOnlyList<State> States { get; }

    /// <summary>
    /// Counts the calls of <see cref="Forward"/>; with the seed it decides the dropout masks, so whoever resumes sets it.
    /// </summary>
    public long Step { get; set; }

    /// <summary>Threads that work on a step, the caller's included.</summary>
    public int Threads => _workers.Threads;

    /// <summary>Bytes that a step takes: all values and gradients, parameters, scratch memory.</summary>
    public long MemoryBytes => _plan.ArenaBytes + _plan.WeightBytes + _workers.ScratchBytes;

    /// <summary>Makes the graph of a training step and plans it.</summary>
    /// <param name="graph">For one example: inputs 1 x ....</param>
    /// <param name="options">How it is trained.</param>
    /// <exception cref="ModelException">The network has operators that cannot be trained through, or that have no kernel; all are
    /// named.</exception>
    public static TrainingNetwork Plan(Graph graph, TrainingOptions options)
    {
        TrainingGraph training = TrainingGraph.Of(graph, options);
        Plan plan = Engine.Plan.Make(training.Graph, new EngineOptions(Integers: false));
        try
        {
            return new TrainingNetwork(graph, training, plan, options);
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The elements of an input, in ONNX order, to be written before <see cref="Forward"/>; they stay until they are written again.
    /// </summary>
    public Span<float> Input(int index) => Live(_inputs[index]).Span<float>();

    /// <summary>The elements of an output, in ONNX order, as the last <see cref="Forward"/> left them.</summary>
    public ReadOnlySpan<float> Output(int index) => Live(_outputs[index]).Span<float>();

    /// <summary>d(loss)/d(output), to be written between <see cref="Forward"/> and <see cref="Backward"/>.</summary>
    /// <exception cref="ModelException">The output holds no floats.</exception>
    public Span<float> OutputGradient(int index) =>
        Live(_outputGradients[index]
            ?? throw new ModelException($"The output '{Outputs[index].Name}' holds no floats: it has no gradient.")).Span<float>();

    /// <summary>d(loss)/d(first input), as the last <see cref="Backward"/> left it.</summary>
    /// <exception cref="ModelException">The network was planned without <see cref="TrainingOptions.InputGradients"/>, or there is no such
    /// input.</exception>
    public ReadOnlySpan<float> InputGradient(int index) => index == 0 && _inputGradient is not null
        ? Live(_inputGradient).Span<float>()
        : throw new ModelException(
            $"The gradient of input {index} is not computed: only that of input 0 is, where the options ask for it.");

    /// <summary>A watched value of the last <see cref="Forward"/>, in ONNX order.</summary>
    /// <exception cref="ModelException">It is not watched.</exception>
    public ReadOnlySpan<float> Value(string watched) => Watched(watched).Value.Span<float>();

    /// <summary>d(loss)/d(watched value) of the last <see cref="Backward"/>, in ONNX order.</summary>
    /// <exception cref="ModelException">It is not watched.</exception>
    public ReadOnlySpan<float> ValueGradient(string watched) => Watched(watched).Gradient.Span<float>();

    /// <summary>
    /// Computes the outputs from the inputs, in training form, and folds the statistics of the batch into the running ones.
    /// </summary>
    public void Forward()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_step is not null) *_step.As<long>() = Step;
        foreach ((Engine.Buffer before, _, State state) in _ranges) state.Values.CopyTo(before.Span<float>());
        Run(0, _backward);
        foreach ((_, Engine.Buffer after, State state) in _ranges) after.Span<float>().CopyTo(state.Values);
        foreach ((Engine.Buffer mean, Engine.Buffer variance, State runningMean, State runningVariance, long count) in _statistics)
        {
            Fold(mean.Span<float>(), runningMean.Values, 1);
            // Of the elements that a running variance stands for, the batch is a sample.
            Fold(variance.Span<float>(), runningVariance.Values, count > 1 ? count / (count - 1.0) : 1);
        }
        Step++;
    }

    /// <summary>Computes all gradients from those of the outputs, which must have been written after <see cref="Forward"/>.</summary>
    public void Backward()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Run(_backward, _plan.Steps.Count);
    }

    /// <summary>
    /// The graph that this network was made of, for one example in inference, with the values that it has learned until now.
    /// </summary>
    public Graph Export()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Dictionary<string, float[]> learned = Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Values.ToArray());
        foreach (State state in States.Where(state => _source.Constants.ContainsKey(state.Name)))
            learned[state.Name] = state.Values.ToArray();
        GraphBuilder builder = new(_source.Name) { Opset = _source.Opset };
        foreach ((string key, string text) in _source.Metadata) builder.Metadata[key] = text;
        foreach (string input in _source.Inputs) builder.Input(input, _source.Values[input].Type, _source.Values[input].Shape);
        foreach ((string name, Tensor constant) in _source.Constants)
            builder.Constant(name, learned.TryGetValue(name, out float[]? values) ? Tensor.Of(constant.Shape, values) : constant);
        foreach (Node node in _source.Nodes) builder.Add(node);
        foreach (string output in _source.Outputs) builder.Output(output);
        return builder.Build();
    }

    /// <summary>What each step of the last way forth and back took; empty unless the options ask for it.</summary>
    public IReadOnlyList<StepProfile> Profile() => _ticks is null
        ? []
        : [.. _plan.Steps.Zip(
            _ticks, (step, ticks) => new StepProfile(step.Name, step.Kernel, ticks * 1000.0 / Stopwatch.Frequency, step.MultiplyAdds))];

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _workers.Dispose();
        _plan.Dispose();
    }

    private void Run(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            long start = _ticks is null ? 0 : Stopwatch.GetTimestamp();
            _workers.Run(_plan.Steps[i]);
            if (_ticks is not null) _ticks[i] = Stopwatch.GetTimestamp() - start;
        }
    }

    private void Fold(ReadOnlySpan<float> batch, Span<float> running, double correction)
    {
        for (int i = 0; i < running.Length; i++) running[i] = (float)((1 - _momentum) * running[i] + _momentum * correction * batch[i]);
    }

    /// <summary>The first step of the way back.</summary>
    private int FirstThatReads(HashSet<Engine.Buffer> gradients)
    {
        for (int i = 0; i < _plan.Steps.Count; i++)
        {
            if (_plan.Steps[i].Reads.Any(read => gradients.Contains(read.Root))) return i;
        }
        return _plan.Steps.Count;
    }

    private (Engine.Buffer Value, Engine.Buffer Gradient) Watched(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _watched.TryGetValue(name, out (Engine.Buffer, Engine.Buffer) watched)
            ? watched
            : throw new ModelException($"The value '{name}' is not watched; name it in the options.");
    }

    private Engine.Buffer Live(Engine.Buffer buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return buffer;
    }
}
