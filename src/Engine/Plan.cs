using EdgeCnn.Engine.Kernels;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>
/// A network ready to run: steps in order, their weights packed, every value at its address. Made from a graph by passes: constants are
/// computed, what can be done in one go is fused, orders of axes are chosen, kernels are chosen, memory is laid out.
/// </summary>
internal sealed unsafe class Plan : IDisposable
{
    private readonly Weights _weights = new();
    private Arena? _arena;

    private readonly IReadOnlyDictionary<Value, ColumnRange> _columns;
    private readonly Dictionary<Value, Buffer> _buffers = [];

    private Plan(IReadOnlyDictionary<Value, ColumnRange> columns) => _columns = columns;

    public IReadOnlyList<Step> Steps { get; private set; } = [];

    /// <summary>In ONNX order.</summary>
    public IReadOnlyList<Buffer> Inputs { get; private set; } = [];

    /// <summary>In ONNX order.</summary>
    public IReadOnlyList<Buffer> Outputs { get; private set; } = [];

    /// <summary>For each value of the graph that exists in this plan: the order of its axes in memory, and where it is.</summary>
    public IReadOnlyDictionary<string, (AxisOrder Order, Buffer Buffer)> Values { get; private set; } =
        new Dictionary<string, (AxisOrder, Buffer)>();

    public long ArenaBytes => _arena?.Bytes ?? 0;

    public long WeightBytes => _weights.Bytes;

    /// <summary>Scratch memory that each thread needs.</summary>
    public int ScratchBytes { get; private set; }

    /// <exception cref="ModelException">Operators that the engine has no kernel for, all of them in one message.</exception>
    public static Plan Make(Graph graph, EngineOptions options)
    {
        Draft draft = Draft.Of(graph);
        draft.RemoveDead();
        if (options.Integers) QOperators.Apply(draft);
        ConstantFolding.Apply(draft, keepWeights: options.Integers);
        Canonical.Apply(draft);
        draft.RemoveDead();
        WeightFolding.Apply(draft);
        Fusion.Apply(draft);
        if (options.Integers)
        {
            Integers.Apply(draft);
            DynamicProducts.Apply(draft);
            draft.RemoveDead();
            // Weights that no integer product has taken are floats.
            ConstantFolding.Apply(draft);
        }
        return Make(draft, options);
    }

    /// <summary>The plan of a draft that other passes are done with.</summary>
    public static Plan Make(Draft draft, EngineOptions options)
    {
        (Draft physical, IReadOnlyDictionary<Value, Layouts.Form> places) = Layouts.Apply(draft);
        physical.RemoveDead();
        Plan plan = new(Columns.Apply(physical));
        try
        {
            Step[] steps = plan.Lower(physical);
            plan.Inputs = [.. physical.Inputs.Select(plan.BufferOf)];
            plan.Outputs = [.. physical.Outputs.Select(plan.BufferOf)];
            plan.Steps = steps;
            plan.LayOut(options.KeepAll);
            plan.Values = places
                .Where(place => plan._buffers.TryGetValue(place.Value.Physical, out Buffer? buffer) && buffer.IsPlaced)
                .DistinctBy(place => place.Key.Name)
                .ToDictionary(place => place.Key.Name, place => (place.Value.Order, plan._buffers[place.Value.Physical]));
            // Weights are packed, and constants that are read at run time are copied: nothing of the plan holds the graph's own any more.
            foreach (Buffer buffer in plan._buffers.Values) buffer.Forget();
            plan._buffers.Clear();
            plan.ScratchBytes = steps.Length == 0 ? 0 : steps.Max(step => step.ScratchBytes);
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>A copy of the elements of a buffer, under a shape of as many elements.</summary>
    public static Tensor Read(Buffer buffer, Shape shape)
    {
        Tensor tensor = Tensor.Zeros(buffer.Type, shape);
        if (shape.Count == 0) return tensor;
        int size = buffer.Type.Size(), row = (buffer.Shape.Rank == 0 ? 1 : buffer.Shape[^1]) * size;
        byte* from = buffer.Data;
        for (int at = 0; at < tensor.Bytes.Length; at += row, from += (long)buffer.Stride * size)
            new ReadOnlySpan<byte>(from, row).CopyTo(tensor.Bytes[at..]);
        return tensor;
    }

    public void Dispose()
    {
        _arena?.Dispose();
        _weights.Dispose();
    }

    private Buffer BufferOf(Value value)
    {
        if (_buffers.TryGetValue(value, out Buffer? buffer)) return buffer;
        buffer = _columns.TryGetValue(value, out ColumnRange range)
            ? new Buffer(value.Name, value.Shape, BufferOf(range.Whole), range.First)
            : new Buffer(value.Name, value.Type, value.Shape, value.Constant);
        _buffers.Add(value, buffer);
        return buffer;
    }

    private Step[] Lower(Draft draft)
    {
        List<Operation> operations = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            Buffer?[] inputs = [.. instruction.Inputs.Select(input => input is null ? null : BufferOf(input))];
            if (instruction.Operator is Reshape)
            {
                Value output = instruction.Outputs[0];
                _buffers.Add(output, new Buffer(output.Name, output.Shape, inputs[0]!));
                continue;
            }
            operations.Add(new Operation(instruction.Name, instruction.Operator, inputs, [.. instruction.Outputs.Select(BufferOf)]));
        }
        // Packing weights takes most of the time of loading, so it is done on all cores.
        Step?[] steps = new Step?[operations.Count];
        ModelException?[] failures = new ModelException?[operations.Count];
        Parallel.For(0, steps.Length, i =>
        {
            try
            {
                steps[i] = Lowering.Lower(operations[i], _weights);
            }
            catch (ModelException e)
            {
                failures[i] = new ModelException($"{operations[i].Operator.Name} '{operations[i].Name}': {e.Message}", e);
            }
        });
        RefuseUnsupported(operations, steps, failures);
        return [.. steps.SelectMany(step => step!.First is { } first ? new[] { first, step } : [step])];
    }

    private static void RefuseUnsupported(List<Operation> operations, Step?[] steps, ModelException?[] failures)
    {
        if (failures.FirstOrDefault(failure => failure is not null) is { } failure) throw failure;
        string[] unsupported =
        [
            .. operations.Where((_, i) => steps[i] is null)
                .GroupBy(operation => (operation.Operator.Name, Type: operation.Inputs.FirstOrDefault()?.Type))
                .Select(group => $"{group.Key.Name} of {group.Key.Type} ('{group.First().Name}'{(group.Count() > 1 ? $" and {group.Count() - 1} more" : "")})"),
        ];
        if (unsupported.Length > 0)
            throw new ModelException(
                $"The engine has no kernel for {string.Join(", ", unsupported)}; run this model with ONNX Runtime instead.");
    }

    private void LayOut(bool keepAll)
    {
        MemoryLayout layout = new(Steps, Inputs, Outputs, keepAll);
        _arena = new Arena(layout.Bytes);
        foreach ((Buffer buffer, long offset) in layout.Offsets) buffer.Place(_arena.Data + offset);
        foreach (Buffer constant in layout.Constants)
        {
            byte* copy = _weights.Allocate<byte>(constant.Bytes);
            constant.Constant!.Bytes.CopyTo(new Span<byte>(copy, checked((int)constant.Bytes)));
            constant.Place(copy);
        }
    }
}
