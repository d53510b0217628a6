using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8;

/// <summary>Floats become 8-bit integers of the network's own type, with one scale, or one per index of the last axis.</summary>
internal sealed unsafe class RoundStep : Step
{
    private readonly Buffer _input;
    private readonly Buffer _output;
    private readonly Rounding _rounding;
    private readonly int _row;
    private readonly Chunks _chunks;

    public RoundStep(Operation operation, QuantizedScale scale, Weights weights)
        : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        (_input, _output) = (operation.Input(0), operation.Output);
        Shape shape = _output.Shape;
        _rounding = new Rounding(scale, scale.Scale.Length, weights);
        _row = _rounding.IsPerChannel ? shape[^1] : (int)Math.Min(shape.Count, Chunks.Elements);
        _chunks = new Chunks(_row == 0 ? 0 : (shape.Count + _row - 1) / _row, Math.Max(1, Chunks.Elements / Math.Max(_row, 1)));
    }

    public override string Kernel => "round to int8";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long row, long end) = _chunks[piece];
        float* x = _input.Floats + row * _row;
        byte* y = _output.Data + row * _row;
        int rows = _rounding.IsPerChannel ? (int)(end - row) : 1;
        int count = _rounding.IsPerChannel ? _row : (int)(Math.Min(end * _row, _output.Shape.Count) - row * _row), i = 0;
        if (Cpu.Lanes >= 16) i = Columns<Lanes16>(x, y, rows, i, count);
        if (Cpu.Lanes >= 8) i = Columns<Lanes8>(x, y, rows, i, count);
        if (Cpu.HasNeon) i = Columns<Lanes4x2>(x, y, rows, i, count);
        if (Cpu.Lanes >= 4) i = Columns<Lanes4>(x, y, rows, i, count);
        Columns<Lanes1>(x, y, rows, i, count);
    }

    /// <summary>What belongs to some channels stays in registers while all rows pass; with one scale there is one row.</summary>
    private int Columns<T>(float* x, byte* y, int rows, int i, int count) where T : unmanaged, ILanes<T>
    {
        if (!_rounding.IsPerChannel)
        {
            Rounding.Bounds<T> all = _rounding.Of<T>();
            for (; i <= count - T.Count; i += T.Count) all.Store(T.Load(x + i), y + i);
            return i;
        }
        for (; i <= count - T.Count; i += T.Count)
        {
            Rounding.Bounds<T> bounds = _rounding.Of<T>(i);
            for (int row = 0; row < rows; row++) bounds.Store(T.Load(x + i + (nint)row * count), y + i + (nint)row * count);
        }
        return i;
    }
}
