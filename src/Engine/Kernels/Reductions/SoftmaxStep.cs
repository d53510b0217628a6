using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>Softmax or its logarithm along one axis of floats, relative to the largest of each line so that nothing overflows.</summary>
internal sealed unsafe class SoftmaxStep : Step
{
    /// <summary>Lines that lie beside each other and are worked on together.</summary>
    private const int Block = 128;

    /// <summary>Contiguous lines up to this length are turned to lie beside each other first.</summary>
    private const int ShortLine = 32;

    private readonly Lines _lines;
    private readonly bool _logarithm;
    private readonly Chunks _chunks;

    public SoftmaxStep(Operation operation, int axis, bool logarithm) : base(operation.Name, [operation.Input(0)], [operation.Output])
    {
        _lines = new Lines(Reads[0].Shape, axis);
        _logarithm = logarithm;
        long lines = Chunks.Elements / 4 / Math.Max(1, _lines.Extent);
        _chunks = new Chunks(_lines.Count, _lines.Inner == 1 ? lines : Math.Max(Block, lines));
    }

    public override string Kernel => _lines.Inner != 1 ? "softmax beside" : IsShort ? "softmax short rows" : "softmax rows";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => (2 + (IsShort ? 2 * _lines.Extent : 0)) * Block * sizeof(float);

    private bool IsShort => _lines.Inner == 1 && _lines.Extent <= ShortLine;

    public override bool CanOverwrite(int read) => !_logarithm;

    public override void Execute(int piece, byte* scratch)
    {
        if (_lines.Extent == 0) return;
        float* x = Reads[0].Floats;
        float* y = Writes[0].Floats;
        (long line, long to) = _chunks[piece];
        while (line < to)
        {
            long start = _lines.Start(line, _lines.Extent);
            if (IsShort)
            {
                int rows = (int)Math.Min(Block, to - line);
                ShortRows(x + start, y + start, rows, (float*)scratch);
                line += rows;
                continue;
            }
            if (_lines.Inner == 1)
            {
                Row(x + start, y + start);
                line++;
                continue;
            }
            int count = (int)Math.Min(Math.Min(Block, to - line), _lines.Inner - line % _lines.Inner);
            Beside(x + start, y + start, _lines.Inner, count, (float*)scratch);
            line += count;
        }
    }

    private void Row(float* x, float* y)
    {
        int length = _lines.Extent;
        float largest = Fold.Row<Fold.Largest>(x, length);
        Elementwise.Row(default(ExpOfDifference), x, 1, &largest, 0, y, length);
        float sum = Fold.Row<Fold.Sum>(y, length);
        if (!_logarithm)
        {
            Elementwise.Row(default(FloatArithmetic.Div), y, 1, &sum, 0, y, length);
            return;
        }
        Functions.Log(Lanes1.Of(sum)).Store(&sum);
        Elementwise.Row(default(FloatArithmetic.Sub), x, 1, &largest, 0, y, length);
        Elementwise.Row(default(FloatArithmetic.Sub), y, 1, &sum, 0, y, length);
    }

    private void ShortRows(float* x, float* y, int rows, float* scratch)
    {
        float* turned = scratch + 2 * Block;
        float* result = turned + Block * _lines.Extent;
        SquareTile.Transpose(x, _lines.Extent, rows, _lines.Extent, turned, Block);
        Beside(turned, result, Block, rows, scratch);
        SquareTile.Transpose(result, Block, _lines.Extent, rows, y, _lines.Extent);
    }

    private void Beside(float* x, float* y, long down, int count, float* scratch)
    {
        float* largest = scratch;
        float* sum = scratch + Block;
        new Span<float>(largest, count).Fill(Fold.Largest.Start);
        new Span<float>(sum, count).Clear();
        for (int i = 0; i < _lines.Extent; i++) Fold.Beside<Fold.Largest>(largest, x + i * down, count);
        for (int i = 0; i < _lines.Extent; i++)
        {
            Elementwise.Row(default(ExpOfDifference), x + i * down, 1, largest, 1, y + i * down, count);
            Fold.Beside<Fold.Sum>(sum, y + i * down, count);
        }
        if (!_logarithm)
        {
            for (int i = 0; i < _lines.Extent; i++)
                Elementwise.Row(default(FloatArithmetic.Div), y + i * down, 1, sum, 1, y + i * down, count);
            return;
        }
        for (int i = 0; i < count; i++) Functions.Log(Lanes1.Load(sum + i)).Store(sum + i);
        for (int i = 0; i < _lines.Extent; i++)
        {
            Elementwise.Row(default(FloatArithmetic.Sub), x + i * down, 1, largest, 1, y + i * down, count);
            Elementwise.Row(default(FloatArithmetic.Sub), y + i * down, 1, sum, 1, y + i * down, count);
        }
    }

    /// <summary>exp(a - b) for a not above b.</summary>
    private readonly struct ExpOfDifference : IBinaryFunction
    {
        public T Apply<T>(T a, T b) where T : unmanaged, ILanes<T> => Functions.ExpOfNegative(a - b);
    }
}
