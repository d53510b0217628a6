using System.Collections.Immutable;
using System.Runtime.InteropServices;
using EdgeCnn.Engine.Kernels;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

/// <summary>
/// Runs one operator through its step, without a network around it. The pieces run in a shuffled order, and whatever the step says about
/// being allowed to write over an input is tried and must give the same bits, as must constants in place of all inputs but the first.
/// </summary>
internal static unsafe class StepRunner
{
    /// <summary>Shapes are the physical ones, which are ONNX's wherever the operator does not treat channels apart.</summary>
    public static Tensor[] Run(Operator op, params Tensor?[] inputs)
    {
        ValueInfo?[] infos = [.. inputs.Select(x => x?.Info)];
        int count = op switch
        {
            Split split => split.Sizes.Length,
            TopK => 2,
            DynamicQuantizeLinear => 3,
            _ => 1,
        };
        return Run(op, op.Infer(infos, count), inputs);
    }

    /// <summary>The same for operators whose physical shapes are not those that ONNX infers.</summary>
    public static Tensor[] Run(Operator op, ImmutableArray<ValueInfo> outputs, params Tensor?[] inputs)
    {
        Tensor[] results = Execute(op, outputs, inputs, overwrite: -1, constants: false, out Step step);
        Tensor[] again = Execute(op, outputs, inputs, overwrite: -1, constants: true, out _);
        for (int i = 0; i < results.Length; i++)
            Assert.True(
                results[i].Bytes.SequenceEqual(again[i].Bytes), $"{op} gives other bits when all inputs but the first are constants.");
        for (int read = 0; read < step.Reads.Count; read++)
        {
            if (!step.CanOverwrite(read)) continue;
            Tensor[] overwritten = Execute(op, outputs, inputs, read, constants: false, out _);
            Assert.True(
                results[0].Bytes.SequenceEqual(overwritten[0].Bytes), $"{op} gives other bits when it is written over its input {read}.");
        }
        return results;
    }

    public static Tensor One(Operator op, params Tensor?[] inputs) => Assert.Single(Run(op, inputs));

    private static Tensor[] Execute(
        Operator op, ImmutableArray<ValueInfo> outputs, Tensor?[] inputs, int overwrite, bool constants, out Step step)
    {
        using Weights weights = new();
        Buffer?[] reads = [.. inputs.Select((x, i) => x is null ? null : Place(weights, $"input{i}", x.Info, x, constants && i > 0))];
        Buffer[] writes = [.. outputs.Select((y, i) => Place(weights, $"output{i}", y, null, false))];
        step = Lowering.Lower(new Operation("node", op, reads, writes), weights)
            ?? throw new ModelException($"There is no kernel for {op} with {string.Join(", ", inputs.Select(x => x?.Type))}.");
        foreach (Buffer buffer in (Buffer[])[.. step.First?.Reads ?? [], .. step.First?.Writes ?? [], .. step.Reads, .. step.Writes])
        {
            if (buffer.Data == null) buffer.Place(weights.Allocate<byte>(buffer.Bytes));
        }
        if (overwrite >= 0) writes[0].Share(step.Reads[overwrite]);
        if (step.First is not null) Execute(step.First, weights);
        Execute(step, weights);
        return [.. writes.Select(y => new Tensor(y.Type, y.Shape, new ReadOnlySpan<byte>(y.Data, (int)y.Bytes).ToArray()))];
    }

    private static void Execute(Step step, Weights weights)
    {
        int[] order = [.. Enumerable.Range(0, step.Pieces)];
        new Random(order.Length).Shuffle(order);
        byte* scratch = weights.Allocate<byte>(step.ScratchBytes);
        foreach (int piece in order)
        {
            NativeMemory.Fill(scratch, (nuint)step.ScratchBytes, 0xA5);
            step.Execute(piece, scratch);
        }
    }

    private static Buffer Place(Weights weights, string name, ValueInfo info, Tensor? content, bool constant)
    {
        Buffer buffer = new(name, info.Type, info.Shape, constant ? content : null);
        byte* data = weights.Allocate<byte>(buffer.Bytes);
        Span<byte> bytes = new(data, (int)buffer.Bytes);
        if (content is null) bytes.Fill(0xA5);
        else content.Bytes.CopyTo(bytes);
        buffer.Place(data);
        return buffer;
    }
}
