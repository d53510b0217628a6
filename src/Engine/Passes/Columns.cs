using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Passes.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// Concat and Split of channels without copies: what a Concat joins is written where it ends up, as columns of the joined value, and what a
/// Split makes are columns of what it splits, wherever the kernels that write and read them can leave out the other columns. What they
/// cannot is copied by
/// <see cref="CopyColumns"/>. Works on drafts in memory order: the last axis is the channels.
/// </summary>
internal sealed class Columns
{
    private readonly Draft _draft;
    private readonly Dictionary<Value, List<Instruction>> _readers;
    private readonly Dictionary<Value, Instruction> _makers = [];
    private readonly Dictionary<Value, ColumnRange> _places = [];
    private readonly HashSet<Value> _outputs;
    private readonly HashSet<Instruction> _splits = [];

    private Columns(Draft draft)
    {
        (_draft, _readers, _outputs) = (draft, draft.Readers(), [.. draft.Outputs]);
        foreach (Instruction instruction in draft.Instructions)
        {
            foreach (Value output in instruction.Outputs) _makers[output] = instruction;
        }
    }

    /// <summary>For each value that is columns of another: which, and its first column.</summary>
    public static IReadOnlyDictionary<Value, ColumnRange> Apply(Draft draft)
    {
        Columns pass = new(draft);
        foreach (Instruction instruction in draft.Instructions)
        {
            if (instruction.Operator is Split && IsOfChannels(instruction) && instruction.Outputs.All(pass.CanBeReadInColumns))
                pass._splits.Add(instruction);
        }
        draft.Instructions = [.. draft.Instructions.SelectMany(pass.Rewritten)];
        return pass._places;
    }

    private IEnumerable<Instruction> Rewritten(Instruction instruction)
    {
        if (_splits.Contains(instruction))
        {
            int first = 0;
            foreach (Value part in instruction.Outputs)
            {
                _places[part] = new ColumnRange(instruction.Inputs[0]!, first);
                first += part.Shape[^1];
            }
            return [];
        }
        return instruction.Operator is Concat && IsOfChannels(instruction) ? Joined(instruction) : [instruction];
    }

    private List<Instruction> Joined(Instruction concat)
    {
        Value whole = concat.Outputs[0];
        List<Instruction> copies = [];
        int first = 0;
        for (int i = 0; i < concat.Inputs.Length;)
        {
            // All parts of a Split, side by side again: the value that was split is placed as a whole.
            Value part = concat.Inputs[i]!;
            int parts = 1;
            if (_makers.TryGetValue(part, out Instruction? split) && _splits.Contains(split)
                && concat.Inputs.AsSpan(i).StartsWith(split.Outputs) && CanBePlaced(split.Inputs[0]!))
            {
                (part, parts) = (split.Inputs[0]!, split.Outputs.Length);
            }
            if (CanBePlaced(part))
            {
                _places[part] = new ColumnRange(whole, first);
            }
            else
            {
                Value copy = new($"{part.Name} in {whole.Name}", part.Type, part.Shape);
                _places[copy] = new ColumnRange(whole, first);
                copies.Add(new Instruction($"{concat.Name}:{i}", new CopyColumns(), [part], [copy]));
            }
            first += part.Shape[^1];
            i += parts;
        }
        return copies;
    }

    /// <summary>Whether a value may live as columns of another.</summary>
    private bool CanBePlaced(Value value) =>
        !_places.ContainsKey(value) && !_outputs.Contains(value) && value.Constant is null
        && _makers.TryGetValue(value, out Instruction? maker) && WritesColumns(maker) && CanBeReadInColumns(value);

    private bool CanBeReadInColumns(Value value) =>
        !_outputs.Contains(value)
            && (!_readers.TryGetValue(value, out List<Instruction>? readers) || readers.TrueForAll(reader => ReadsColumns(reader, value)));

    private static bool IsOfChannels(Instruction instruction)
    {
        Shape shape = instruction.Outputs[0].Shape;
        int axis = instruction.Operator is Concat concat ? concat.Axis : ((Split)instruction.Operator).Axis;
        return shape.Rank == 4 && axis == 3 && IsPlaceable(instruction.Outputs[0])
            && instruction.Inputs.All(input => input!.Constant is null);
    }

    private static bool WritesColumns(Instruction instruction) => IsPlaceable(instruction.Outputs[0]) && instruction.Operator switch
    {
        Conv or Fused { Product: Conv } => !IsDepthwise(instruction),
        QuantizedProduct product => !IsDepthwise(product),
        DynamicProduct { Product: Conv } => true,
        MaxPool or AveragePool or LpPool => true,
        Concat => IsOfChannels(instruction),
        _ => false,
    };

    private bool ReadsColumns(Instruction instruction, Value value) => instruction.Operator switch
    {
        Conv or Fused { Product: Conv } => !IsDepthwise(instruction) && instruction.Inputs[1] != value && instruction.Input(2) != value,
        QuantizedProduct product => !IsDepthwise(product),
        MaxPool or AveragePool or LpPool => true,
        Concat => IsOfChannels(instruction),
        Split => _splits.Contains(instruction),
        _ => false,
    };

    /// <summary>Whether the kernels of values of this type know columns.</summary>
    private static bool IsPlaceable(Value value) => value.Type == ElementType.Float32 || value.Type == Cpu.Int8Data;

    private static bool IsDepthwise(QuantizedProduct product) =>
        product.Product is not Conv conv || (conv.Groups > 1 && conv.Groups == product.Weights.Shape[0]);

    private static bool IsDepthwise(Instruction instruction)
    {
        Conv conv = (Conv)((instruction.Operator as Fused)?.Product ?? instruction.Operator);
        return conv.Groups > 1 && conv.Groups == instruction.Inputs[1]!.Shape[0];
    }
}

/// <summary>Some columns of a value whose other extents are the same.</summary>
/// <param name="Whole">The value that has the memory.</param>
/// <param name="First">The first of the columns.</param>
internal readonly record struct ColumnRange(Value Whole, int First);
