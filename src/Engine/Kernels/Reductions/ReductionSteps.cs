using System.Numerics;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>
/// The loops of a reduction: one nest over the axes that stay, which in their order are the output, and one over the axes that go.
/// </summary>
internal sealed class ReductionLoops
{
    public ReductionLoops(Shape x, ReadOnlySpan<int> axes)
    {
        View whole = View.Dense(x);
        List<int> stay = [];
        List<int> go = [];
        for (int axis = 0; axis < x.Rank; axis++) (axes.Contains(axis) ? go : stay).Add(axis);
        View order = whole.Permute([.. stay, .. go]);
        Kept = new Nest(Part(order, 0, stay.Count));
        Gone = new Nest(Part(order, stay.Count, x.Rank));
    }

    public Nest Kept { get; }

    public Nest Gone { get; }

    /// <summary>The row of the axes that go lies contiguous.</summary>
    public bool AlongRows => Gone.RowStride(0) == 1;

    private static View Part(View view, int from, int to)
    {
        // The other axes are fixed at 0; a nest drops axes of extent 1.
        int[] starts = new int[view.Rank];
        int[] steps = new int[view.Rank];
        int[] sizes = new int[view.Rank];
        Array.Fill(steps, 1);
        if (view.Extents.Contains(0)) return View.Dense(view.Extents.AsSpan(from..to));
        for (int axis = 0; axis < view.Rank; axis++) sizes[axis] = axis >= from && axis < to ? view.Extents[axis] : 1;
        return view.Slice(starts, steps, sizes);
    }
}

/// <summary>A reduction of floats by a fold, its result passed through a function: ReduceSum, ReduceMean, ReduceMax, ReduceL2 ...</summary>
internal sealed unsafe class FoldStep<TFold> : Step where TFold : struct, IFold
{
    private const int RowLength = 64;
    private readonly ReductionLoops _loops;
    private readonly Chunks _chunks;
    private readonly float _divisor;
    private readonly Map? _finish;

    /// <param name="operation">One input and one output of floats.</param>
    /// <param name="axes">The axes that are reduced.</param>
    /// <param name="mean">Divide by the number of elements.</param>
    /// <param name="finish">Applied at the end.</param>
    public FoldStep(Operation operation, ReadOnlySpan<int> axes, bool mean = false, Map? finish = null)
        : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        _loops = new ReductionLoops(Reads[0].Shape, axes);
        _divisor = mean ? _loops.Gone.Count : 1f;
        _finish = finish;
        long size = Chunks.Elements / Math.Max(1, _loops.Gone.Count);
        _chunks = new Chunks(_loops.Kept.Count, _loops.AlongRows ? size : Math.Max(size, RowLength));
    }

    public override string Kernel => _loops.AlongRows ? "reduce rows" : "reduce beside";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        float* y = Writes[0].Floats + from;
        if (_loops.AlongRows) FoldRows(y, from, to);
        else FoldBeside(y, from, to);
        for (long i = 0; i < to - from && _divisor != 1f; i++) y[i] /= _divisor;
        _finish?.Apply(y, y, (nint)(to - from));
    }

    private void FoldRows(float* y, long from, long to)
    {
        float* running = stackalloc float[Fold.Width];
        long step = _loops.Kept.RowStride(0);
        for (Nest.Runs outputs = _loops.Kept.Between(from, to); outputs.MoveNext();)
        {
            for (int i = 0; i < outputs.Length; i++)
            {
                Fold.Begin<TFold>(running);
                float* x = Reads[0].Floats + outputs[0] + i * step;
                for (Nest.Runs row = _loops.Gone.Between(0, _loops.Gone.Count); row.MoveNext();)
                    Fold.Put<TFold>(running, x + row[0], row.Length);
                *y++ = Fold.End<TFold>(running);
            }
        }
    }

    private void FoldBeside(float* y, long from, long to)
    {
        long step = _loops.Kept.RowStride(0);
        long down = _loops.Gone.RowStride(0);
        for (Nest.Runs outputs = _loops.Kept.Between(from, to); outputs.MoveNext();)
        {
            new Span<float>(y, outputs.Length).Fill(TFold.Start);
            float* x = Reads[0].Floats + outputs[0];
            for (Nest.Runs row = _loops.Gone.Between(0, _loops.Gone.Count); row.MoveNext();)
            {
                for (int i = 0; i < row.Length; i++)
                {
                    float* line = x + row[0] + i * down;
                    if (step == 1) Fold.Beside<TFold>(y, line, outputs.Length);
                    else for (int j = 0; j < outputs.Length; j++) TFold.Put(Lanes1.Load(y + j), Lanes1.Load(line + j * step)).Store(y + j);
                }
            }
            y += outputs.Length;
        }
    }
}

/// <summary>
/// A reduction of any numbers in plain order: integers are summed as 64-bit integers that wrap around, floating point in double precision.
/// </summary>
internal sealed unsafe class ScalarReductionStep<T> : Step where T : unmanaged, INumber<T>, IMinMaxValue<T>
{
    private readonly Reduction _reduction;
    private readonly ReductionLoops _loops;
    private readonly Chunks _chunks;

    public ScalarReductionStep(Operation operation, Reduction reduction) : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        _reduction = reduction;
        _loops = new ReductionLoops(Reads[0].Shape, reduction.Axes.AsSpan());
        _chunks = new Chunks(_loops.Kept.Count, Chunks.Elements / 8 / Math.Max(1, _loops.Gone.Count));
    }

    public override string Kernel => "reduce scalar";

    public override int Pieces => _chunks.Count;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        T* y = Writes[0].As<T>() + from;
        long step = _loops.Kept.RowStride(0);
        for (Nest.Runs outputs = _loops.Kept.Between(from, to); outputs.MoveNext();)
        {
            for (int i = 0; i < outputs.Length; i++)
            {
                T* x = Reads[0].As<T>() + outputs[0] + i * step;
                *y++ = _reduction is ReduceMax or ReduceMin ? Extreme(x) : Arithmetic.IsFloat<T>() ? InDouble(x) : InInteger(x);
            }
        }
    }

    private T Extreme(T* x)
    {
        bool largest = _reduction is ReduceMax;
        T result = largest ? T.MinValue : T.MaxValue;
        bool first = true;
        for (Elements all = new(this, x); all.MoveNext(); first = false)
            result = first ? *all.Current : largest ? T.Max(result, *all.Current) : T.Min(result, *all.Current);
        return result;
    }

    private T InInteger(T* x)
    {
        long sum = _reduction is ReduceProd ? 1 : 0;
        for (Elements all = new(this, x); all.MoveNext();)
        {
            long element = long.CreateTruncating(*all.Current);
            sum = _reduction switch
            {
                ReduceProd => sum * element,
                ReduceL1 => sum + (element < 0 ? -element : element),
                ReduceL2 or ReduceSumSquare => sum + element * element,
                ReduceLogSumExp => 0,
                _ => sum + element,
            };
        }
        return _reduction switch
        {
            ReduceMean => _loops.Gone.Count == 0 ? T.Zero : T.CreateTruncating(sum / _loops.Gone.Count),
            ReduceL2 => T.CreateTruncating((long)Math.Sqrt(sum)),
            ReduceLogSum => T.CreateSaturating(Math.Log(sum)),
            ReduceLogSumExp => InDouble(x),
            _ => T.CreateTruncating(sum),
        };
    }

    private T InDouble(T* x)
    {
        // The logarithm of a sum of exponentials is taken relative to the largest, lest they overflow.
        double shift = _reduction is ReduceLogSumExp ? double.CreateSaturating(Largest(x)) : 0;
        if (double.IsInfinity(shift)) return T.CreateSaturating(shift);
        double sum = _reduction is ReduceProd ? 1 : 0;
        for (Elements all = new(this, x); all.MoveNext();)
        {
            double element = double.CreateSaturating(*all.Current);
            sum = _reduction switch
            {
                ReduceProd => sum * element,
                ReduceL1 => sum + Math.Abs(element),
                ReduceL2 or ReduceSumSquare => sum + element * element,
                ReduceLogSumExp => sum + Math.Exp(element - shift),
                _ => sum + element,
            };
        }
        return T.CreateSaturating(_reduction switch
        {
            ReduceMean => sum / _loops.Gone.Count,
            ReduceL2 => Math.Sqrt(sum),
            ReduceLogSum => Math.Log(sum),
            ReduceLogSumExp => Math.Log(sum) + shift,
            _ => sum,
        });
    }

    private T Largest(T* x)
    {
        T result = T.MinValue;
        for (Elements all = new(this, x); all.MoveNext();) result = T.Max(result, *all.Current);
        return result;
    }

    /// <summary>The elements that go into one output, one after another.</summary>
    private ref struct Elements(ScalarReductionStep<T> step, T* origin)
    {
        private Nest.Runs _row = step._loops.Gone.Between(0, step._loops.Gone.Count);
        private readonly long _stride = step._loops.Gone.RowStride(0);
        private int _index = -1;
        private int _length = 0;

        public readonly T* Current => origin + _row[0] + _index * _stride;

        public bool MoveNext()
        {
            if (++_index < _length) return true;
            if (!_row.MoveNext()) return false;
            (_index, _length) = (0, _row.Length);
            return true;
        }
    }
}
