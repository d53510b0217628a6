using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>A value of a <see cref="Draft"/>. Its shape is in ONNX order until the layout pass, in memory order after it.</summary>
internal sealed class Value(string name, ElementType type, Shape shape, Tensor? constant = null)
{
    public string Name { get; } = name;

    public ElementType Type { get; } = type;

    public Shape Shape { get; } = shape;

    /// <summary>The elements, when they are known before anything runs.</summary>
    public Tensor? Constant { get; set; } = constant;

    public override string ToString() => $"{Name}: {Type} {Shape}";
}

/// <summary>An operator and what it reads and writes; null stands for an optional input that is left out.</summary>
internal sealed class Instruction(string name, Operator op, Value?[] inputs, Value[] outputs)
{
    public string Name { get; } = name;

    public Operator Operator { get; } = op;

    public Value?[] Inputs { get; } = inputs;

    public Value[] Outputs { get; } = outputs;

    public Value? Input(int index) => index < Inputs.Length ? Inputs[index] : null;

    public override string ToString() => $"{Operator.Name} '{Name}'";
}

/// <summary>
/// A graph on its way to becoming a plan: passes rewrite its list of instructions, which stays in an order that can be run.
/// </summary>
internal sealed class Draft(IEnumerable<Value> inputs, IEnumerable<Value> outputs, IEnumerable<Instruction> instructions)
{
    public List<Value> Inputs { get; } = [.. inputs];

    public List<Value> Outputs { get; } = [.. outputs];

    public List<Instruction> Instructions { get; set; } = [.. instructions];

    public static Draft Of(Graph graph)
    {
        Dictionary<string, Value> values = [];
        foreach ((string name, ValueInfo info) in graph.Values)
            values.Add(name, new Value(name, info.Type, info.Shape, graph.Constants.GetValueOrDefault(name)));
        List<Instruction> instructions = new(graph.Nodes.Length);
        foreach (Node node in graph.Nodes)
        {
            if (node.Operator is Dropout && !graph.Outputs.Contains(node.Outputs[0]))
            {
                // In inference it is its input, and is not to stand between what can be joined.
                values[node.Outputs[0]] = values[node.Inputs[0]];
                continue;
            }
            Value?[] inputs = [.. node.Inputs.Select(name => name.Length == 0 ? null : values[name])];
            ValueInfo?[] infos = [.. inputs.Select(value => value is null ? null : new ValueInfo(value.Type, value.Shape))];
            // Outputs that nobody named still need a place to be written to.
            Value[] outputs = new Value[node.Outputs.Length];
            for (int i = 0; i < outputs.Length; i++)
            {
                if (node.Outputs[i].Length > 0)
                {
                    outputs[i] = values[node.Outputs[i]];
                    continue;
                }
                ValueInfo info = node.Operator.Infer(infos, outputs.Length)[i];
                outputs[i] = new Value($"{node.Name}:{i}", info.Type, info.Shape);
            }
            instructions.Add(new Instruction(node.Name, node.Operator, inputs, outputs));
        }
        return new Draft(graph.Inputs.Select(name => values[name]), graph.Outputs.Select(name => values[name]), instructions);
    }

    /// <summary>For each value, the instructions that read it; once for each time they do.</summary>
    public Dictionary<Value, List<Instruction>> Readers()
    {
        Dictionary<Value, List<Instruction>> readers = [];
        foreach (Instruction instruction in Instructions)
        {
            foreach (Value? input in instruction.Inputs)
            {
                if (input is null) continue;
                if (!readers.TryGetValue(input, out List<Instruction>? list)) readers.Add(input, list = []);
                list.Add(instruction);
            }
        }
        return readers;
    }

    /// <summary>The instruction that reads a value, if nothing else does and it is no output of the network.</summary>
    public static Instruction? OnlyReader(Value value, Dictionary<Value, List<Instruction>> readers, HashSet<Value> outputs) =>
        !outputs.Contains(value) && readers.TryGetValue(value, out List<Instruction>? list) && list.Count == 1 ? list[0] : null;

    /// <summary>Drops the instructions whose results nobody reads.</summary>
    public void RemoveDead()
    {
        HashSet<Value> wanted = [.. Outputs];
        List<Instruction> kept = [];
        for (int i = Instructions.Count - 1; i >= 0; i--)
        {
            Instruction instruction = Instructions[i];
            if (!instruction.Outputs.Any(wanted.Contains)) continue;
            kept.Add(instruction);
            foreach (Value? input in instruction.Inputs)
            {
                if (input is not null) wanted.Add(input);
            }
        }
        kept.Reverse();
        Instructions = kept;
    }
}
