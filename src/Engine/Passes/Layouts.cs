using System.Collections.Immutable;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Passes;

/// <summary>
/// Chooses how each value lies in memory. Convolutions and their kin work channels last; products of matrices need ONNX's order; everything
/// else takes what it is given and has its axes renumbered. A Transpose moves nothing: its output is the same memory under other names of
/// axes, and elements move only where a reader insists on another order, or at the graph's outputs. After this pass all shapes, axes and
/// constants mean memory order.
/// </summary>
internal sealed class Layouts
{
    private readonly Dictionary<Value, List<Form>> _forms = [];
    private readonly Dictionary<(Value, int), Value> _lifted = [];
    private readonly List<Instruction> _instructions = [];

    /// <summary>The value in one order; there may be several copies.</summary>
    internal readonly record struct Form(AxisOrder Order, Value Physical);

    /// <returns>The draft in memory order, and for each value of the old one where its elements are.</returns>
    public static (Draft Draft, IReadOnlyDictionary<Value, Form> Places) Apply(Draft draft)
    {
        Layouts pass = new();
        foreach (Value input in draft.Inputs) pass.Add(input, AxisOrder.Plain(input.Shape.Rank), input);
        HashSet<Value> wanted = [.. draft.Outputs];
        foreach (Instruction instruction in draft.Instructions)
        {
            pass.Place(instruction);
            // At once, not at the end: who runs a part of the plan finds the outputs of that part.
            foreach (Value output in instruction.Outputs.Where(wanted.Contains)) pass.InOrder(output, AxisOrder.Plain(output.Shape.Rank));
        }
        Value[] outputs = [.. draft.Outputs.Select(output => pass.InOrder(output, AxisOrder.Plain(output.Shape.Rank)))];
        return (new Draft(draft.Inputs, outputs, pass._instructions),
            pass._forms.ToDictionary(entry => entry.Key, entry => entry.Value[0]));
    }

    private void Place(Instruction instruction)
    {
        switch (instruction.Operator)
        {
            case Identity or Dropout:
                foreach (Form form in Forms(instruction.Inputs[0]!)) Add(instruction.Outputs[0], form.Order, form.Physical);
                break;
            case Transpose transpose:
                foreach (Form form in Forms(instruction.Inputs[0]!))
                    Add(instruction.Outputs[0], form.Order.Relabelled(transpose.Permutation), form.Physical);
                break;
            case Reshape:
                Regroup(instruction);
                break;
            default:
                Run(instruction, AxisRules.Of(instruction.Operator));
                break;
        }
    }

    private void Run(Instruction instruction, AxisRule rule)
    {
        Value[] outputs = instruction.Outputs;
        int rank = instruction.Inputs[0]!.Shape.Rank;
        if (rule == AxisRule.Broadcast) rank = outputs[0].Shape.Rank;
        AxisOrder order = rule switch
        {
            AxisRule.ChannelsLast => AxisOrder.ChannelsLast(rank),
            AxisRule.Broadcast or AxisRule.Any => Preferred(instruction, rank),
            _ => AxisOrder.Plain(rank),
        };
        Value?[] inputs = new Value?[instruction.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (instruction.Inputs[i] is not { } input) continue;
            bool follows = rule != AxisRule.Plain && AxisRules.IsData(instruction.Operator, i, inputs.Length);
            if (!follows) inputs[i] = InOrder(input, AxisOrder.Plain(input.Shape.Rank));
            else inputs[i] = rule == AxisRule.Broadcast ? Broadcastable(input, order) : InOrder(input, order);
        }
        Operator op = AxisRules.InMemoryOrder(instruction.Operator, order);
        AxisOrder result = AxisRules.OutputOrder(instruction.Operator, order);
        Value[] physical = new Value[outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            AxisOrder own = outputs[i].Shape.Rank == result.Rank ? result : AxisOrder.Plain(outputs[i].Shape.Rank);
            physical[i] = own.IsPlain ? outputs[i] : new Value(outputs[i].Name, outputs[i].Type, own.Of(outputs[i].Shape));
            Add(outputs[i], own, physical[i]);
        }
        _instructions.Add(new Instruction(instruction.Name, op, inputs, physical));
    }

    private void Regroup(Instruction instruction)
    {
        Value input = instruction.Inputs[0]!, output = instruction.Outputs[0];
        if (input.Shape.Count == 0)
        {
            View(InOrder(input, AxisOrder.Plain(input.Shape.Rank)), output, AxisOrder.Plain(output.Shape.Rank));
            return;
        }
        Regrouping groups = new(input.Shape, output.Shape);
        List<Form> forms = Forms(input);
        Form form = forms.Find(form => form.Order.SameMemory(groups.InputOrder(form.Order), input.Shape));
        if (form.Physical is null)
        {
            AxisOrder order = groups.InputOrder(forms[0].Order);
            form = new Form(order, InOrder(input, order));
        }
        View(form.Physical, output, groups.OutputOrder(form.Order));
    }

    /// <summary>The order that most of the data is in already; of equals one that is not plain, since a convolution made it.</summary>
    private AxisOrder Preferred(Instruction instruction, int rank)
    {
        AxisOrder best = AxisOrder.Plain(rank);
        long most = -1;
        for (int i = 0; i < instruction.Inputs.Length; i++)
        {
            Value? input = instruction.Inputs[i];
            if (input is null || input.Constant is not null || input.Shape.Rank != rank) continue;
            if (!AxisRules.IsData(instruction.Operator, i, instruction.Inputs.Length)) continue;
            AxisOrder order = Forms(input)[0].Order;
            if (input.Shape.Count < most || (input.Shape.Count == most && order.IsPlain)) continue;
            (best, most) = (order, input.Shape.Count);
        }
        return best;
    }

    /// <summary>
    /// An operand of an element by element operator: its missing outer axes become ones, so that it has the others' order.
    /// </summary>
    private Value Broadcastable(Value value, AxisOrder order)
    {
        int missing = order.Rank - value.Shape.Rank;
        if (missing <= 0) return InOrder(value, order);
        if (order.IsPlain || value.Shape.Count == 1) return InOrder(value, AxisOrder.Plain(value.Shape.Rank));
        if (!_lifted.TryGetValue((value, missing), out Value? lifted))
        {
            Shape shape = new([.. Enumerable.Repeat(1, missing), .. value.Shape.Extents]);
            lifted = new Value($"{value.Name}:{shape}", value.Type, shape, value.Constant?.Reshaped(shape));
            _lifted.Add((value, missing), lifted);
            if (lifted.Constant is null) View(InOrder(value, AxisOrder.Plain(value.Shape.Rank)), lifted, AxisOrder.Plain(shape.Rank));
        }
        return InOrder(lifted, order);
    }

    /// <summary>The value in exactly this order; made if it is not there yet.</summary>
    private Value InOrder(Value value, AxisOrder order)
    {
        List<Form> forms = Forms(value);
        foreach (Form form in forms)
        {
            if (form.Order.Equals(order)) return form.Physical;
        }
        Shape shape = order.Of(value.Shape);
        Value made;
        Form source = forms.Find(form => form.Order.SameMemory(order, value.Shape));
        if (source.Physical is not null)
        {
            return View(source.Physical, value, order);
        }
        source = forms[0];
        if (value.Constant is not null)
        {
            made = new Value(value.Name, value.Type, shape, Permuted(source.Physical.Constant!, source.Order.To(order)));
        }
        else
        {
            made = new Value($"{value.Name}:{order}", value.Type, shape);
            _instructions.Add(new Instruction($"{value.Name} reordered", new Transpose(source.Order.To(order)), [source.Physical], [made]));
        }
        forms.Add(new Form(order, made));
        return made;
    }

    /// <summary>The memory of a physical value as <paramref name="value"/> in the given order.</summary>
    private Value View(Value physical, Value value, AxisOrder order)
    {
        Shape shape = order.Of(value.Shape);
        Value view = new(value.Name, value.Type, shape, physical.Constant?.Reshaped(shape));
        if (view.Constant is null) _instructions.Add(new Instruction(value.Name, new Reshape(shape), [physical], [view]));
        Add(value, order, view);
        return view;
    }

    private List<Form> Forms(Value value)
    {
        if (!_forms.TryGetValue(value, out List<Form>? forms))
        {
            if (value.Constant is null) throw new InvalidOperationException($"'{value}' is read before it is made.");
            Add(value, AxisOrder.Plain(value.Shape.Rank), value);
            forms = _forms[value];
        }
        return forms;
    }

    private void Add(Value value, AxisOrder order, Value physical)
    {
        if (!_forms.TryGetValue(value, out List<Form>? forms)) _forms.Add(value, forms = []);
        forms.Add(new Form(order, physical));
    }

    /// <summary>Elements in the order of the permuted axes.</summary>
    internal static Tensor Permuted(Tensor tensor, ImmutableArray<int> permutation)
    {
        Shape shape = new([.. permutation.Select(axis => tensor.Shape[axis])]);
        Tensor result = Tensor.Zeros(tensor.Type, shape);
        int rank = shape.Rank, size = tensor.Type.Size();
        long[] strides = new long[rank];
        for (int i = 0; i < rank; i++) strides[i] = tensor.Shape.CountBetween(permutation[i] + 1, rank);
        int[] index = new int[rank];
        ReadOnlySpan<byte> from = tensor.Bytes;
        Span<byte> to = result.Bytes;
        long source = 0;
        for (int at = 0; at < to.Length; at += size)
        {
            from.Slice((int)source * size, size).CopyTo(to[at..]);
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                source += strides[axis];
                if (++index[axis] < shape[axis]) break;
                source -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return result;
    }
}
