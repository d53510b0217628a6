using System.Collections.Immutable;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>Looks up each byte in a table of 256.</summary>
internal sealed unsafe class TableStep(
    string name, ImmutableArray<byte> codes, Buffer input, Buffer output, Weights weights) : Step(name, [input], [output])
{
    private readonly byte* _table = weights.Copy<byte>(codes.AsSpan());
    private readonly Chunks _chunks = new(output.Shape.Count, 2 * Chunks.Elements);

    public override string Kernel => $"table{(Cpu.HasAvx512Bytes ? " avx512" : "")}";

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        (long i, long end) = _chunks[piece];
        byte* x = input.Data, y = output.Data;
        if (Cpu.HasAvx512Bytes) i = LookUp512(x, y, i, end);
        for (; i < end; i++) y[i] = _table[x[i]];
    }

    /// <summary>Each half of the table lies in two registers; the highest bit of a code chooses between the halves.</summary>
    private long LookUp512(byte* x, byte* y, long i, long end)
    {
        Vector512<byte> t0 = Vector512.Load(_table), t1 = Vector512.Load(_table + 64), t2 = Vector512.Load(
            _table + 128), t3 = Vector512.Load(_table + 192);
        for (; i <= end - Vector512<byte>.Count; i += Vector512<byte>.Count)
        {
            Vector512<byte> code = Vector512.Load(x + i);
            Vector512<byte> lower = Avx512Vbmi.PermuteVar64x8x2(t0, code, t1), upper = Avx512Vbmi.PermuteVar64x8x2(t2, code, t3);
            Vector512.ConditionalSelect(Vector512.LessThan(code.AsSByte(), Vector512<sbyte>.Zero).AsByte(), upper, lower).Store(y + i);
        }
        return i;
    }
}
