using System.Numerics;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>A tensor seen along one axis: outer x extent x inner elements; a line is the elements along the axis.</summary>
internal readonly struct Lines(Shape shape, int axis)
{
    public int Extent { get; } = shape[axis];

    /// <summary>Distance between neighbours of a line, and the number of lines that lie beside each other.</summary>
    public long Inner { get; } = shape.CountBetween(axis + 1, shape.Rank);

    public long Count { get; } = shape.CountBetween(0, axis) * shape.CountBetween(axis + 1, shape.Rank);

    /// <summary>Where a line begins in a tensor whose axis has the given extent.</summary>
    public long Start(long line, int extent)
    {
        (long outer, long inner) = Math.DivRem(line, Inner);
        return outer * extent * Inner + inner;
    }
}

/// <summary>The index of the largest (ArgMax) or smallest (ArgMin) element of each line; NaN is found first, as by numpy.</summary>
internal sealed unsafe class ArgExtremeStep<T>(Operation operation, ArgExtreme op)
    : Step(operation.Name, [operation.Input(0)], [operation.Output])
    where T : unmanaged, INumber<T>
{
    private readonly Lines _lines = new(operation.Input(0).Shape, op.Axis);
    private readonly bool _largest = op is ArgMax;

    public override string Kernel => "arg";

    public override int Pieces => Chunks.Count;

    private Chunks Chunks => new(_lines.Count, Kernels.Chunks.Elements / 4 / _lines.Extent);

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = Chunks[piece];
        for (long line = from; line < to; line++)
        {
            T* x = Reads[0].As<T>() + _lines.Start(line, _lines.Extent);
            T best = *x;
            long at = 0;
            for (int i = 1; i < _lines.Extent; i++)
            {
                T other = x[i * _lines.Inner];
                bool better = _largest ? other > best : other < best;
                if (better || (op.SelectLast && other == best) || (T.IsNaN(other) && !T.IsNaN(best))) (best, at) = (other, i);
            }
            Writes[0].As<long>()[line] = at;
        }
    }
}

/// <summary>Running sums along an axis.</summary>
internal sealed unsafe class CumSumStep<T>(Operation operation, CumSum op) : Step(operation.Name, [operation.Input(0)], [operation.Output])
    where T : unmanaged, INumber<T>
{
    private readonly Lines _lines = new(operation.Input(0).Shape, op.Axis);

    public override string Kernel => "cumulative sum";

    public override void Execute(int piece, byte* scratch)
    {
        T* x = Reads[0].As<T>();
        T* y = Writes[0].As<T>();
        for (long line = 0; line < _lines.Count; line++)
        {
            long start = _lines.Start(line, _lines.Extent);
            T sum = T.Zero;
            for (int i = 0; i < _lines.Extent; i++)
            {
                long at = start + (op.Reverse ? _lines.Extent - 1 - i : i) * _lines.Inner;
                T element = x[at];
                y[at] = op.Exclusive ? sum : sum + element;
                sum += element;
            }
        }
    }
}

/// <summary>
/// The K largest (or smallest) of each line, sorted, with their indices. Of equals the lower index comes first; NaN counts as larger than
/// everything. The best K so far stand in a heap with the worst at its root.
/// </summary>
internal sealed unsafe class TopKStep<T>(Operation operation, TopK op) : Step(operation.Name, [operation.Input(0)], operation.Outputs)
    where T : unmanaged, INumber<T>
{
    private readonly Lines _lines = new(operation.Input(0).Shape, op.Axis);

    public override string Kernel => "top k";

    public override int Pieces => Chunks.Count;

    public override int ScratchBytes => Math.Max(1, op.K) * sizeof(int);

    private Chunks Chunks => new(_lines.Count, Kernels.Chunks.Elements / 8 / Math.Max(1, _lines.Extent));

    public override void Execute(int piece, byte* scratch)
    {
        if (op.K == 0) return;
        int* heap = (int*)scratch;
        (long from, long to) = Chunks[piece];
        for (long line = from; line < to; line++)
        {
            T* x = Reads[0].As<T>() + _lines.Start(line, _lines.Extent);
            for (int i = 0; i < op.K; i++) heap[i] = i;
            for (int i = op.K / 2 - 1; i >= 0; i--) Sink(x, heap, i, op.K);
            for (int i = op.K; i < _lines.Extent; i++)
            {
                if (!Before(x, i, heap[0])) continue;
                heap[0] = i;
                Sink(x, heap, 0, op.K);
            }
            // The worst moves to the end, again and again: the best is left at the front.
            for (int end = op.K - 1; end > 0; end--)
            {
                (heap[0], heap[end]) = (heap[end], heap[0]);
                Sink(x, heap, 0, end);
            }
            long start = _lines.Start(line, op.K);
            for (int i = 0; i < op.K; i++)
            {
                Writes[0].As<T>()[start + i * _lines.Inner] = x[heap[i] * _lines.Inner];
                Writes[1].As<long>()[start + i * _lines.Inner] = heap[i];
            }
        }
    }

    /// <summary>Whether element a of a line comes before element b in the result.</summary>
    private bool Before(T* x, int a, int b)
    {
        (T first, T second) = (x[a * _lines.Inner], x[b * _lines.Inner]);
        // INumber's order puts NaN below everything.
        int order = T.IsNaN(first) || T.IsNaN(second) ? T.IsNaN(first).CompareTo(T.IsNaN(second)) : first.CompareTo(second);
        return order == 0 ? a < b : op.Largest ? order > 0 : order < 0;
    }

    private void Sink(T* x, int* heap, int root, int count)
    {
        for (int child = 2 * root + 1; child < count; child = 2 * root + 1)
        {
            if (child + 1 < count && Before(x, heap[child], heap[child + 1])) child++;
            if (Before(x, heap[child], heap[root])) return;
            (heap[root], heap[child]) = (heap[child], heap[root]);
            root = child;
        }
    }
}
