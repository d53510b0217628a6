using System.Runtime.Intrinsics;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>One of the two bytes of each 16-bit integer, counted from the lowest of its type, as <see cref="Cpu.Int8Data"/>.</summary>
internal sealed unsafe class ByteStep(string name, bool upper, Buffer input, Buffer output) : Step(name, [input], [output])
{
    private readonly Chunks _chunks = new(output.Shape.Count, 2 * Chunks.Elements);

    // Counted from the lowest, a signed integer has its highest bit turned over; a signed byte has too.
    private readonly ushort _turned =
        (ushort)((input.Type == ElementType.Int16 && upper ? 0x80 : 0) ^ (Cpu.Int8Data == ElementType.Int8 ? 0x80 : 0));

    public override string Kernel => upper ? "upper bytes" : "lower bytes";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long i, long end) = _chunks[piece];
        ushort* x = input.As<ushort>();
        byte* y = output.Data;
        int shift = upper ? 8 : 0;
        if (Cpu.HasVector128)
        {
            Vector128<ushort> turned = Vector128.Create(_turned), mask = Vector128.Create((ushort)0xFF);
            for (; i <= end - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                Vector128<ushort> a = ((Vector128.Load(x + i) >> shift) & mask) ^ turned;
                Vector128<ushort> b = ((Vector128.Load(x + i + Vector128<ushort>.Count) >> shift) & mask) ^ turned;
                Vector128.Narrow(a, b).Store(y + i);
            }
        }
        for (; i < end; i++) y[i] = (byte)((x[i] >> shift) ^ _turned);
    }
}
