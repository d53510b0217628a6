using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>
/// Linear and cubic Resize of floats over any axes. A row of the output, along the last axis that is resized, comes about in two passes:
/// the rows of the input that the other axes ask for are blended into one in scratch memory, and that one is resized along its length.
/// Axes behind it, the channels of an image with channels last, are carried along side by side.
/// </summary>
internal sealed unsafe class ResizeStep : Step
{
    private readonly Resize _op;
    private readonly Taps[] _outer;
    private readonly Taps _last;
    private readonly long[] _strides;
    private readonly int _inputRow;
    private readonly int _outputRow;
    private readonly int _inner;
    private readonly int _combinations = 1;
    private readonly Chunks _chunks;

    public ResizeStep(Operation operation, Resize op) : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        _op = op;
        Shape x = Reads[0].Shape;
        Shape y = Writes[0].Shape;
        ResizeCoordinates[] axes = [.. Enumerable.Range(0, x.Rank).Select(axis => new ResizeCoordinates(op, axis, x[axis], y[axis]))];
        int last = Math.Max(0, Array.FindLastIndex(axes, axis => !axis.IsIdentity));
        _last = axes[last].Taps();
        _inner = (int)x.CountBetween(last + 1, x.Rank);
        _inputRow = x[last] * _inner;
        _outputRow = y[last] * _inner;
        _outer = [.. axes.Take(last).Select(axis => axis.Taps())];
        _strides = [.. Enumerable.Range(0, last).Select(axis => x.CountBetween(axis + 1, x.Rank))];
        foreach (Taps taps in _outer) _combinations *= taps.Count;
        _chunks = new Chunks(y.CountBetween(0, last), Chunks.Elements / 2 / Math.Max(1, _inputRow + _outputRow));
    }

    public override string Kernel => _op.Mode == ResizeMode.Cubic ? "resize cubic" : "resize linear";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => _inputRow * sizeof(float);

    public override void Execute(int piece, byte* scratch)
    {
        if (Writes[0].Shape.Count == 0) return;
        (long from, long to) = _chunks[piece];
        for (long row = from; row < to; row++)
        {
            float* y = Writes[0].Floats + row * _outputRow;
            float* line = Blend(row, (float*)scratch);
            if (line == null) new Span<float>(y, _outputRow).Fill(_op.Extrapolation);
            else Along(line, y);
        }
    }

    /// <summary>The input's row, blended over the outer axes; null where that lies outside a cropped region.</summary>
    private float* Blend(long row, float* scratch)
    {
        for (int combination = 0; combination < _combinations; combination++)
        {
            long output = row;
            int tap = combination;
            long offset = 0;
            float weight = 1f;
            for (int axis = _outer.Length - 1; axis >= 0; axis--)
            {
                Taps taps = _outer[axis];
                (output, long index) = Math.DivRem(output, taps.Outside.Length);
                if (taps.Outside[index]) return null;
                (tap, int k) = Math.DivRem(tap, taps.Count);
                offset += taps.Indices[index * taps.Count + k] * _strides[axis];
                weight *= taps.Weights[index * taps.Count + k];
            }
            float* x = Reads[0].Floats + offset;
            if (_combinations == 1) return x;
            if (combination == 0) Elementwise.Row(default(FloatArithmetic.Mul), x, 1, &weight, 0, scratch, _inputRow);
            else if (weight != 0f) Elementwise.Row(new AddWeighted(weight), scratch, 1, x, 1, scratch, _inputRow);
        }
        return scratch;
    }

    private void Along(float* line, float* y)
    {
        int count = _last.Count;
        for (int i = 0; i < _last.Outside.Length; i++, y += _inner)
        {
            if (_last.Outside[i])
            {
                new Span<float>(y, _inner).Fill(_op.Extrapolation);
                continue;
            }
            float weight = _last.Weights[i * count];
            Elementwise.Row(default(FloatArithmetic.Mul), line + (long)_last.Indices[i * count] * _inner, 1, &weight, 0, y, _inner);
            for (int k = 1; k < count; k++)
            {
                if (_last.Weights[i * count + k] is not 0f and var other)
                    Elementwise.Row(new AddWeighted(other), y, 1, line + (long)_last.Indices[i * count + k] * _inner, 1, y, _inner);
            }
        }
    }

    /// <summary>a + weight * b, rounded once.</summary>
    private readonly struct AddWeighted(float weight) : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => T.Fma(b, T.Of(weight), a);
    }
}
