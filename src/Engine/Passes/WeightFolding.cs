using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// What scales and shifts the channels of a convolution's output by constants goes into its weights and bias: BatchNormalization, Mul, Div,
/// Add, Sub. A Pad with zeros before a convolution goes into its pads.
/// </summary>
internal static class WeightFolding
{
    public static void Apply(Draft draft)
    {
        Dictionary<Value, List<Instruction>> readers = draft.Readers();
        HashSet<Value> outputs = [.. draft.Outputs];
        // Instructions that have been folded into the one of their input, by what they wrote.
        Dictionary<Instruction, Instruction> replaced = [];
        HashSet<Instruction> gone = [];
        List<Instruction> result = [];
        foreach (Instruction instruction in draft.Instructions)
        {
            if (gone.Contains(instruction)) continue;
            Instruction current = instruction;
            if (current.Operator is Pad pad && Draft.OnlyReader(current.Outputs[0], readers, outputs) is { Operator: Conv } conv
                && WithPads(pad, current, conv) is { } padded)
            {
                replaced[conv] = padded;
                continue;
            }
            if (replaced.TryGetValue(current, out Instruction? replacement)) current = replacement;
            while (current.Operator is Conv or ConvTranspose && Draft.OnlyReader(current.Outputs[0], readers, outputs) is { } reader
                && Affine.Of(reader, current.Outputs[0]) is { } affine && Folded(current, affine, reader) is { } folded)
            {
                gone.Add(reader);
                current = folded;
            }
            result.Add(current);
        }
        draft.Instructions = result;
    }

    private static Instruction? WithPads(Pad pad, Instruction instruction, Instruction reader)
    {
        bool spatialZeros = pad.Mode == PadMode.Constant && pad.Value == 0 && pad.Begins.Length == 4
            && pad.Begins.Concat(pad.Ends).All(p => p >= 0) && pad.Begins[0] + pad.Begins[1] + pad.Ends[0] + pad.Ends[1] == 0;
        if (!spatialZeros || reader.Inputs[0] != instruction.Outputs[0]) return null;
        Conv conv = (Conv)reader.Operator;
        Conv padded = conv with
        {
            Pads = [conv.Pads[0] + pad.Begins[2], conv.Pads[1] + pad.Begins[3], conv.Pads[2] + pad.Ends[2], conv.Pads[3] + pad.Ends[3]],
        };
        return new Instruction(reader.Name, padded, [instruction.Inputs[0], .. reader.Inputs[1..]], reader.Outputs);
    }

    private static Instruction? Folded(Instruction conv, Affine affine, Instruction reader)
    {
        if (conv.Inputs[1]!.Constant is not { } w || (conv.Input(2) is { } b && b.Constant is null) || w.Type != ElementType.Float32)
            return null;
        int channels = affine.Factor.Length;
        float[] weights = w.As<float>().ToArray(), bias = new float[channels];
        ReadOnlySpan<float> oldBias = conv.Input(2) is { } value ? value.Constant!.As<float>() : new float[channels];
        for (int m = 0; m < channels; m++) bias[m] = (float)(oldBias[m] * affine.Factor[m] + affine.Summand[m]);
        // Conv has its output channels outermost; ConvTranspose has them second, and those of a group under that group's input channels.
        int area = w.Shape[2] * w.Shape[3];
        for (int i = 0; i < weights.Length; i++)
        {
            int outer = i / area / w.Shape[1], inner = i / area % w.Shape[1];
            int m = conv.Operator is ConvTranspose transposed ? outer / (w.Shape[0] / transposed.Groups) * w.Shape[1] + inner : outer;
            weights[i] = (float)(weights[i] * affine.Factor[m]);
        }
        Value newWeights = new($"{conv.Inputs[1]!.Name}:folded", ElementType.Float32, w.Shape, Tensor.Of(w.Shape, weights));
        Shape shape = new(channels);
        Value newBias = new($"{conv.Name}:bias", ElementType.Float32, shape, Tensor.Of(shape, bias));
        return new Instruction(conv.Name, conv.Operator, [conv.Inputs[0], newWeights, newBias], reader.Outputs);
    }

    /// <summary>y = factor x + summand, for each channel.</summary>
    private sealed record Affine(double[] Factor, double[] Summand)
    {
        /// <summary>
        /// What an instruction does to <paramref name="x"/> (N x C x H x W), if it is of this kind and all but x is constant.
        /// </summary>
        public static Affine? Of(Instruction instruction, Value x)
        {
            int channels = x.Shape[1];
            if (instruction.Operator is BatchNormalization norm) return Of(norm, instruction, x);
            if (instruction.Operator is not (Mul or Div or Add or Sub) || instruction.Outputs[0].Shape != x.Shape) return null;
            Value other = instruction.Inputs[0] == x ? instruction.Inputs[1]! : instruction.Inputs[0]!;
            if (PerChannel(other, channels) is not { } c) return null;
            double[] ones = [.. Enumerable.Repeat(1.0, channels)], zeros = new double[channels];
            bool first = instruction.Inputs[0] == x;
            return instruction.Operator switch
            {
                Mul => new Affine(c, zeros),
                Div when first && !c.Contains(0) => new Affine([.. c.Select(v => 1 / v)], zeros),
                Add => new Affine(ones, c),
                Sub when first => new Affine(ones, [.. c.Select(v => -v)]),
                Sub => new Affine([.. ones.Select(v => -v)], c),
                _ => null,
            };
        }

        private static Affine? Of(BatchNormalization norm, Instruction instruction, Value x)
        {
            if (instruction.Inputs[0] != x || instruction.Inputs.Skip(1).Any(input => input?.Constant is not { Type: ElementType.Float32 }))
                return null;
            float[][] parts = [.. instruction.Inputs.Skip(1).Select(input => input!.Constant!.As<float>().ToArray())];
            double[] factor = [.. parts[0].Zip(parts[3], (scale, variance) => scale / Math.Sqrt((double)variance + norm.Epsilon))];
            return new Affine(factor, [.. factor.Select((f, i) => parts[1][i] - f * parts[2][i])]);
        }

        private static double[]? PerChannel(Value value, int channels)
        {
            if (value.Constant is not { Type: ElementType.Float32 } constant) return null;
            Shape shape = value.Shape;
            bool scalar = shape.Count == 1 && shape.Rank <= 4;
            if (!scalar && (shape.Rank is not (3 or 4) || shape[^3] != channels || shape.Count != channels)) return null;
            float[] values = constant.As<float>().ToArray();
            return [.. Enumerable.Range(0, channels).Select(i => (double)values[scalar ? 0 : i])];
        }
    }
}
