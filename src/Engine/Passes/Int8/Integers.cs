using System.Collections.Immutable;
using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Engine.Kernels.Quantized;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

/// <summary>
/// Makes one integer plan of a network that was quantised by QuantizeLinear and DequantizeLinear pairs. A value that a DequantizeLinear
/// gives is held as the integers that went into it for as long as what reads it can work on those: products with constant weights, with
/// all that fusion has joined to them; sums and products of two such values; functions of one of them, which become tables; whatever only
/// moves elements. Where a reader needs floats, the DequantizeLinear happens there. Integers inside of the network are all of the type
/// that this processor's kernels multiply (<see cref="Cpu.Int8Data"/>). Works on drafts in ONNX order, after fusion.
/// </summary>
internal sealed partial class Integers
{
    private readonly Dictionary<Value, List<Instruction>> _readers;
    private readonly Dictionary<Value, Instruction> _makers = [];
    private readonly HashSet<Value> _outputs;
    private readonly HashSet<Instruction> _done = [];

    // 8-bit values of the network, by what a QuantizeLinear wrote, and float values that stand for them.
    private readonly Dictionary<Value, Held> _integers = [];
    private readonly Dictionary<Value, Held> _held = [];

    // Float values that depend on one 8-bit value element by element.
    private readonly Dictionary<Value, Function> _functions = [];

    // 8-bit values that a table makes of another.
    private readonly Dictionary<Value, (Value Source, ImmutableArray<byte> Codes)> _tables = [];

    // Instructions that were not needed so far, by what they would write.
    private readonly Dictionary<Value, Instruction> _pending = [];
    private readonly List<Instruction> _result = [];

    private Integers(Draft draft)
    {
        (_readers, _outputs) = (draft.Readers(), [.. draft.Outputs]);
        foreach (Instruction instruction in draft.Instructions)
        {
            foreach (Value output in instruction.Outputs) _makers[output] = instruction;
        }
    }

    /// <summary>A real value as it is stored in integers.</summary>
    private readonly record struct Held(Value Stored, QuantizedScale Scale);

    // What an input's integers stand for, the DequantizeLinear that reads them says.
    private static readonly QuantizedScale NoScale = new([1], [0], Cpu.Int8Data);

    public static void Apply(Draft draft)
    {
        if (!draft.Instructions.Exists(instruction => instruction.Operator is DequantizeLinear or QuantizeLinear)) return;
        Integers pass = new(draft);
        foreach (Value input in draft.Inputs) pass.Take(input);
        foreach (Instruction instruction in draft.Instructions) pass.Place(instruction);
        foreach (Value output in draft.Outputs) pass.Materialise(output);
        draft.Instructions = pass._result;
    }

    /// <summary>8-bit inputs of the network are integers like those inside.</summary>
    private void Take(Value input)
    {
        if (input.Type is not (ElementType.UInt8 or ElementType.Int8)) return;
        Value stored = input;
        if (input.Type != Cpu.Int8Data)
        {
            stored = new Value($"{input.Name}:int8", Cpu.Int8Data, input.Shape);
            _result.Add(new Instruction(input.Name, Int8Table.Shift(Cpu.Int8Data), [input], [stored]));
        }
        _integers[input] = new Held(stored, NoScale);
    }

    private void Place(Instruction instruction)
    {
        if (_done.Contains(instruction)) return;
        bool placed = instruction.Operator switch
        {
            QuantizeLinear => Quantise(instruction),
            DequantizeLinear => Hold(instruction),
            Conv or ConvTranspose or MatMul or Fused => Multiply(instruction) || MultiplyWide(instruction),
            Concat => Move(instruction) || Join(instruction),
            _ => Move(instruction) || Combine(instruction) || Average(instruction) || Follow(instruction),
        };
        if (placed) return;
        foreach (Value? input in instruction.Inputs)
        {
            if (input is not null) Materialise(input);
        }
        _result.Add(instruction);
    }

    /// <summary>The integers are kept as they are; nothing is computed until somebody needs floats.</summary>
    private bool Hold(Instruction instruction)
    {
        if (HoldWide(instruction)) return true;
        if (!_integers.TryGetValue(instruction.Inputs[0]!, out Held integers) || ScaleOf(instruction) is not { } scale) return false;
        Value value = instruction.Outputs[0];
        _held[value] = new Held(integers.Stored, scale);
        _pending[value] = instruction;
        return true;
    }

    private bool Quantise(Instruction instruction)
    {
        Value x = instruction.Inputs[0]!, y = instruction.Outputs[0];
        if (x.Type != ElementType.Float32 || ScaleOf(instruction) is not { } scale) return false;
        if (_held.TryGetValue(x, out Held held) && held.Scale.Equals(scale))
        {
            _integers[y] = held;
        }
        else if (Table(x, scale) is { } table)
        {
            _integers[y] = new Held(table, scale);
        }
        else
        {
            Materialise(x);
            _integers[y] = new Held(Emit(x, scale, y.Name, instruction), scale);
        }
        _pending[y] = instruction;
        return true;
    }

    /// <summary>A QuantizeLinear to the type that integers have inside of the network.</summary>
    private Value Emit(Value x, QuantizedScale scale, string name, Instruction like)
    {
        Value stored = new(name, Cpu.Int8Data, x.Shape);
        _result.Add(new Instruction(like.Name, new Int8Round(scale), [x], [stored]));
        return stored;
    }

    /// <summary>Sees to it that a value is there as the graph has it.</summary>
    private void Materialise(Value value)
    {
        if (!_pending.Remove(value, out Instruction? instruction)) return;
        if (_held.TryGetValue(value, out Held held))
        {
            DequantizeLinear op = new(held.Scale.IsPerTensor ? 0 : 1);
            _result.Add(new Instruction(
                instruction.Name, op, [held.Stored, ScaleValue(held.Scale, value.Name), ZeroValue(held.Scale, value.Name)], [value]));
        }
        else if (_integers.TryGetValue(value, out Held integers))
        {
            Operator op = value.Type == integers.Stored.Type ? new Identity() : Int8Table.Shift(value.Type);
            _result.Add(new Instruction(instruction.Name, op, [integers.Stored], [value]));
        }
        else
        {
            foreach (Value? input in instruction.Inputs)
            {
                if (input is not null) Materialise(input);
            }
            _result.Add(instruction);
        }
    }

    /// <summary>The instruction that reads a value, if nothing else does.</summary>
    private Instruction? OnlyReader(Value value) => Draft.OnlyReader(value, _readers, _outputs);

    /// <summary>The scale to which a value is quantised right away, when nothing else reads it; else null.</summary>
    private QuantizedScale? QuantisedTo(Value value) =>
        OnlyReader(value) is { Operator: QuantizeLinear } reader && reader.Inputs[0] == value ? ScaleOf(reader) : null;

    /// <summary>A new value in the place of what the QuantizeLinear that reads <paramref name="value"/> would write.</summary>
    private Value Quantised(Value value) => new(OnlyReader(value)!.Outputs[0].Name, Cpu.Int8Data, value.Shape);

    /// <summary>The QuantizeLinear that reads a value is done with: <paramref name="stored"/> is what it would have written.</summary>
    private void TakeIn(Value value, Value stored, QuantizedScale scale)
    {
        Instruction quantizer = OnlyReader(value)!;
        _done.Add(quantizer);
        _integers[quantizer.Outputs[0]] = new Held(stored, scale);
        _pending[quantizer.Outputs[0]] = quantizer;
    }

    /// <summary>
    /// What a QuantizeLinear or DequantizeLinear between 8-bit integers and floats does, in the type of the network's integers; null for
    /// others.
    /// </summary>
    private static QuantizedScale? ScaleOf(Instruction instruction)
    {
        (Value integers, int axis) = instruction.Operator is QuantizeLinear quantize
            ? (instruction.Outputs[0], quantize.Axis)
            : (instruction.Inputs[0]!, ((DequantizeLinear)instruction.Operator).Axis);
        if (integers.Type is not (ElementType.UInt8 or ElementType.Int8)) return null;
        if (ParametersOf(instruction, integers.Shape, axis) is not { } map) return null;
        return new QuantizedScale([.. map.Scales], [.. map.Zeros], integers.Type).Stored(Cpu.Int8Data);
    }

    /// <summary>The constant scales and zero points of integers, one or one per channel; null where they are neither.</summary>
    private static (float[] Scales, int[] Zeros)? ParametersOf(Instruction instruction, Shape integers, int axis)
    {
        if (instruction.Inputs[1]!.Constant is not { Type: ElementType.Float32 } scales) return null;
        if (instruction.Input(2) is { Constant: null }) return null;
        bool perTensor = scales.Shape.Count == 1;
        if (!perTensor && !(axis == 1 && integers.Rank == 4)) return null;
        int[] zeros = instruction.Input(2)?.Constant is { } zero ? Int8Constants.Integers(zero) : new int[scales.Shape.Count];
        Quantization.Check(scales, instruction.ToString(), instruction.Inputs[1]!.Name);
        return (scales.As<float>().ToArray(), zeros);
    }

    private static Value ScaleValue(QuantizedScale scale, string name)
    {
        Shape shape = scale.IsPerTensor ? Shape.Scalar : new Shape(scale.Scale.Length);
        return new Value($"{name}:scale", ElementType.Float32, shape, Tensor.Of(shape, [.. scale.Scale]));
    }

    private static Value ZeroValue(QuantizedScale scale, string name)
    {
        Shape shape = scale.IsPerTensor ? Shape.Scalar : new Shape(scale.Zero.Length);
        Tensor zeros = scale.Type == ElementType.Int8
            ? Tensor.Of<sbyte>(shape, [.. scale.Zero.Select(zero => (sbyte)zero)])
            : Tensor.Of<byte>(shape, [.. scale.Zero.Select(zero => (byte)zero)]);
        return new Value($"{name}:zero", scale.Type, shape, zeros);
    }
}
