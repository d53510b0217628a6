using System.Collections.Immutable;
using EdgeCnn.Engine.Kernels.Int8;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes.Int8;

internal sealed partial class Integers
{
    /// <summary>What a real value is for each of the 256 codes that another is stored as.</summary>
    private sealed record Function(Value Stored, float[] Values);

    /// <summary>What only moves elements, or chooses the largest, moves integers of one scale as well.</summary>
    private bool Move(Instruction instruction)
    {
        if (!MovesElements(instruction.Operator) || !_held.TryGetValue(instruction.Inputs[0]!, out Held first) || !first.Scale.IsPerTensor)
            return false;
        int data = instruction.Operator is Concat ? instruction.Inputs.Length : 1;
        Value?[] inputs = [.. instruction.Inputs];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (i >= data)
            {
                if (inputs[i] is { } other) Materialise(other);
                continue;
            }
            if (!_held.TryGetValue(inputs[i]!, out Held held) || !held.Scale.Equals(first.Scale)) return false;
            inputs[i] = held.Stored;
        }
        Operator op = instruction.Operator is Pad pad ? pad with { Value = first.Scale.Zero[0] } : instruction.Operator;
        Value[] outputs = [.. instruction.Outputs.Select(output => new Value($"{output.Name}:int8", Cpu.Int8Data, output.Shape))];
        _result.Add(new Instruction(instruction.Name, op, inputs, outputs));
        for (int i = 0; i < outputs.Length; i++)
        {
            _held[instruction.Outputs[i]] = new Held(outputs[i], first.Scale);
            _pending[instruction.Outputs[i]] = instruction;
        }
        return true;
    }

    private static bool MovesElements(Operator op) => op switch
    {
        Identity or Dropout or Reshape or Transpose or Slice or Split or Concat or Gather or Expand or Tile or DepthToSpace or SpaceToDepth or MaxPool => true,
        Resize resize => resize.Mode == ResizeMode.Nearest && resize.Coordinates != CoordinateMode.TfCropAndResize,
        Pad pad => pad.Mode != PadMode.Constant || pad.Value == 0,
        _ => false,
    };

    /// <summary>Parts of different scales, of which some may be floats, are brought to the scale of the whole.</summary>
    private bool Join(Instruction concat)
    {
        Value whole = concat.Outputs[0];
        if (QuantisedTo(whole) is not { IsPerTensor: true } scale
            || !concat.Inputs.Any(part => _held.ContainsKey(part!) || _functions.ContainsKey(part!)))
            return false;
        Value?[] parts = [.. concat.Inputs];
        for (int i = 0; i < parts.Length; i++)
        {
            Value part = parts[i]!;
            if (_held.TryGetValue(part, out Held held) && held.Scale.Equals(scale)) parts[i] = held.Stored;
            else if (Table(part, scale) is { } table) parts[i] = table;
            else
            {
                Materialise(part);
                parts[i] = Emit(part, scale, $"{part.Name}:int8", OnlyReader(whole)!);
            }
        }
        Value joined = new($"{whole.Name}:int8", Cpu.Int8Data, whole.Shape);
        _result.Add(new Instruction(concat.Name, concat.Operator, parts, [joined]));
        TakeIn(whole, joined, scale);
        return true;
    }

    /// <summary>The sum, difference or product of two 8-bit values, with a clamp behind it, that is quantised right away.</summary>
    private bool Combine(Instruction instruction)
    {
        if (instruction.Operator is not (Add or Sub or Mul)) return false;
        if (!_held.TryGetValue(instruction.Inputs[0]!, out Held a) || !_held.TryGetValue(instruction.Inputs[1]!, out Held b)) return false;
        if (!a.Scale.IsPerTensor || !b.Scale.IsPerTensor || SourceOf(a.Stored) == SourceOf(b.Stored)) return false;
        Value output = instruction.Outputs[0];
        Operator? clamp = null;
        if (OnlyReader(output) is { Operator: Relu or Clip } reader && QuantisedTo(reader.Outputs[0]) is not null)
        {
            (clamp, output) = (reader.Operator, reader.Outputs[0]);
            _done.Add(reader);
        }
        if (QuantisedTo(output) is not { IsPerTensor: true } scale)
        {
            if (clamp is not null) _done.Remove(_makers[output]);
            return false;
        }
        Value result = Quantised(output);
        _result.Add(
            new Instruction(
                instruction.Name, new Int8Binary(instruction.Operator, a.Scale, b.Scale, clamp, scale), [a.Stored, b.Stored], [result]));
        TakeIn(output, result, scale);
        return true;
    }

    private bool Average(Instruction instruction)
    {
        Operator? pooling = instruction.Operator switch
        {
            AveragePool or GlobalAveragePool => instruction.Operator,
            ReduceMean { KeepDims: true, Axes: [2, 3] } when instruction.Inputs[0]!.Shape.Rank == 4 => new GlobalAveragePool(),
            _ => null,
        };
        Value output = instruction.Outputs[0];
        if (pooling is null || !_held.TryGetValue(instruction.Inputs[0]!, out Held data) || !data.Scale.IsPerTensor) return false;
        if (QuantisedTo(output) is not { IsPerTensor: true } scale) return false;
        Value result = Quantised(output);
        _result.Add(new Instruction(instruction.Name, new Int8Average(pooling, data.Scale, scale), [data.Stored], [result]));
        TakeIn(output, result, scale);
        return true;
    }

    /// <summary>A function of one 8-bit value, element by element, is remembered: it may become a table.</summary>
    private bool Follow(Instruction instruction)
    {
        bool elementwise = instruction.Operator is Add or Sub or Mul or Div or Min or Max
            || Activations.Of(instruction.Operator) is not null;
        if (!elementwise || instruction.Outputs[0].Type != ElementType.Float32) return false;
        Value output = instruction.Outputs[0];
        Value? stored = null;
        Value?[] inputs = new Value?[instruction.Inputs.Length];
        Shape codes = new(256);
        bool alike = instruction.Inputs.Select(input => FunctionOf(input!)?.Stored).OfType<Value>().Distinct().Count() < 2;
        for (int i = 0; i < inputs.Length; i++)
        {
            Value input = instruction.Inputs[i]!;
            if (input.Constant is { } constant && constant.Shape.Count == 1)
            {
                inputs[i] = new Value(input.Name, input.Type, Shape.Scalar, constant.Reshaped(Shape.Scalar));
                continue;
            }
            if (FunctionOf(input) is not { } function || !input.Shape.Equals(output.Shape)) return false;
            if (!alike) function = FromSource(function);
            if (stored is not null && stored != function.Stored) return false;
            stored = function.Stored;
            inputs[i] = new Value(input.Name, ElementType.Float32, codes, Tensor.Of(codes, function.Values));
        }
        if (stored is null) return false;
        Value result = new(output.Name, ElementType.Float32, codes);
        ConstantFolding.Apply(new Draft([], [result], [new Instruction(instruction.Name, instruction.Operator, inputs, [result])]));
        _functions[output] = new Function(stored, result.Constant!.As<float>().ToArray());
        _pending[output] = instruction;
        return true;
    }

    /// <summary>What the tables behind each other that make an 8-bit value begin with.</summary>
    private Value SourceOf(Value stored) =>
        _tables.TryGetValue(stored, out (Value Source, ImmutableArray<byte>) table) ? SourceOf(table.Source) : stored;

    /// <summary>The same function of what the tables begin with.</summary>
    private Function FromSource(Function function) =>
        _tables.TryGetValue(function.Stored, out (Value Source, ImmutableArray<byte> Codes) table)
        ? FromSource(new Function(table.Source, [.. table.Codes.Select(code => function.Values[code])]))
        : function;

    private Function? FunctionOf(Value value)
    {
        if (_functions.TryGetValue(value, out Function? function)) return function;
        if (!_held.TryGetValue(value, out Held held) || !held.Scale.IsPerTensor) return null;
        float[] values = new float[256];
        for (int code = 0; code < 256; code++)
        {
            int stored = Cpu.Int8Data == ElementType.Int8 ? (sbyte)code : code;
            values[code] = (stored - held.Scale.Zero[0]) * held.Scale.Scale[0];
        }
        return new Function(held.Stored, values);
    }

    /// <summary>A value that is a function of one 8-bit value, stored with the given scale by a table; null when it is none.</summary>
    private Value? Table(Value value, QuantizedScale scale)
    {
        if (!scale.IsPerTensor || FunctionOf(value) is not { } function) return null;
        (int lowest, int highest) = Cpu.Int8Data == ElementType.Int8 ? (-128, 127) : (0, 255);
        ImmutableArray<byte> codes =
        [
            .. function.Values.Select(x =>
            {
                float steps = MathF.Round(x / scale.Scale[0]);
                return unchecked((byte)(int)Math.Clamp((float.IsNaN(steps) ? 0f : steps) + scale.Zero[0], lowest, highest));
            }),
        ];
        Value stored = new($"{value.Name}:table", Cpu.Int8Data, value.Shape);
        _result.Add(new Instruction(value.Name, new Int8Table(codes), [function.Stored], [stored]));
        _tables[stored] = (function.Stored, codes);
        return stored;
    }
}
