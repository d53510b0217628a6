using System.Diagnostics;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>
/// A network that runs: <see cref="Load"/>, write the inputs, <see cref="Run"/>, read the outputs. A run allocates nothing. The same inputs
/// give the same bits on every processor and with any number of threads. One network is used by one thread at a time.
/// </summary>
public sealed unsafe class Network : IDisposable
{
    private readonly Plan _plan;
    private readonly Workers _workers;
    private readonly long[]? _ticks;
    private bool _disposed;

    private Network(Graph graph, Plan plan, EngineOptions options)
    {
        _plan = plan;
        _workers = new Workers(options.Threads > 0 ? options.Threads : Cpu.PhysicalCores, plan.ScratchBytes);
        _ticks = options.Profile ? new long[plan.Steps.Count] : null;
        Inputs = [.. graph.Inputs.Select(Describe)];
        Outputs = [.. graph.Outputs.Select(Describe)];

        NamedValue Describe(string name) => new(name, graph.Values[name].Type, graph.Values[name].Shape);
    }

    /// <summary>What kernels are chosen for on this machine, in words: "avx512", "neon with dot product".</summary>
    public static string InstructionSet => Cpu.Name + (Cpu.HasVnni ? " with vnni" : Cpu.HasDotProduct ? " with dot product" : "");

    /// <summary>Physical cores that this process may use: as many threads compute where nobody says how many.</summary>
    public static int PhysicalCores => Cpu.PhysicalCores;

    public IReadOnlyList<NamedValue> Inputs { get; }

    public IReadOnlyList<NamedValue> Outputs { get; }

    /// <summary>Bytes that values take while the network runs, scratch memory of the threads included.</summary>
    public long ArenaBytes => _plan.ArenaBytes + _workers.ScratchBytes;

    /// <summary>Bytes of packed weights and other constants.</summary>
    public long WeightBytes => _plan.WeightBytes;

    /// <summary>Threads that work on a run, the caller's included.</summary>
    public int Threads => _workers.Threads;

    /// <summary>Names of the values that <see cref="Value"/> can give: those that fusing left, in the order of the graph.</summary>
    public IEnumerable<string> Values => _plan.Values.Keys;

    /// <summary>Plans the network, chooses kernels and packs weights. The graph is not needed afterwards.</summary>
    /// <exception cref="ModelException">The graph has operators, or element types of operators, that no kernel computes; all are
    /// named.</exception>
    public static Network Load(Graph graph, EngineOptions? options = null)
    {
        options ??= new EngineOptions();
        Plan plan = Plan.Make(graph, options);
        try
        {
            return new Network(graph, plan, options);
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The elements of an input, in ONNX order, to be written before <see cref="Run"/>. They stay as they are until they are written again.
    /// </summary>
    /// <exception cref="ModelException">The input is not of this type.</exception>
    public Span<T> Input<T>(int index) where T : unmanaged => Elements<T>(_plan.Inputs[index]);

    /// <summary>The elements of an output, in ONNX order, as the last <see cref="Run"/> left them; the next run overwrites them.</summary>
    /// <exception cref="ModelException">The output is not of this type.</exception>
    public ReadOnlySpan<T> Output<T>(int index) where T : unmanaged => Elements<T>(_plan.Outputs[index]);

    /// <summary>The elements of an input of any type, as they lie in memory.</summary>
    public Span<byte> InputBytes(int index) => Bytes(_plan.Inputs[index]);

    /// <summary>The elements of an output of any type, as they lie in memory.</summary>
    public ReadOnlySpan<byte> OutputBytes(int index) => Bytes(_plan.Outputs[index]);

    /// <summary>Computes the outputs from the inputs. Returns when they are there.</summary>
    public void Run()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IReadOnlyList<Step> steps = _plan.Steps;
        for (int i = 0; i < steps.Count; i++)
        {
            long start = _ticks is null ? 0 : Stopwatch.GetTimestamp();
            _workers.Run(steps[i]);
            if (_ticks is not null) _ticks[i] = Stopwatch.GetTimestamp() - start;
        }
    }

    /// <summary>A copy of an input, output or intermediate value of the last run, in ONNX order.</summary>
    /// <remarks>Intermediate values are whole only if the network was loaded to keep all; those inside of fused operators do not
    /// exist.</remarks>
    public Tensor Value(string name)
    {
        if (!_plan.Values.TryGetValue(name, out (AxisOrder Order, Buffer Buffer) place))
            throw new ModelException(
                $"The network has no value '{name}' at run time: it is unknown, or was fused into the step that reads it.");
        ObjectDisposedException.ThrowIf(_disposed, this);
        Tensor physical = Plan.Read(place.Buffer, place.Buffer.Shape);
        return Layouts.Permuted(physical, place.Order.To(AxisOrder.Plain(place.Order.Rank)));
    }

    /// <summary>What each step of the last run took; empty unless the network was loaded to be profiled.</summary>
    public IReadOnlyList<StepProfile> Profile() => _ticks is null
        ? []
        : [.. _plan.Steps.Select((step, i) => new StepProfile(step.Name, step.Kernel, _ticks[i] * 1000.0 / Stopwatch.Frequency,
            step.MultiplyAdds))];

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _workers.Dispose();
        _plan.Dispose();
    }

    private Span<T> Elements<T>(Buffer buffer) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (ElementTypes.Of<T>() != buffer.Type)
            throw new ModelException($"'{buffer.Name}' holds {buffer.Type}; it was asked for as {typeof(T).Name}.");
        return buffer.Span<T>();
    }

    private Span<byte> Bytes(Buffer buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new Span<byte>(buffer.Data, checked((int)buffer.Bytes));
    }
}
