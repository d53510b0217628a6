using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Reductions;

/// <summary>
/// BatchNormalization that no convolution has taken in: images with channels last, a factor and a summand for each channel.
/// </summary>
internal sealed unsafe class BatchNormalizationStep : Step
{
    private readonly float _epsilon;
    private readonly int _channels;
    private readonly Chunks _chunks;

    public BatchNormalizationStep(Operation operation, float epsilon)
        : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        _epsilon = epsilon;
        _channels = Math.Max(1, (int)Reads[1].Shape.Count);
        _chunks = new Chunks(Reads[0].Shape.Count / _channels, Chunks.Elements / _channels);
    }

    public override string Kernel => "batch normalization";

    public override int Pieces => _chunks.Count;

    public override int ScratchBytes => 2 * _channels * sizeof(float);

    public override bool CanOverwrite(int read) => read == 0;

    public override void Execute(int piece, byte* scratch)
    {
        float* factor = (float*)scratch;
        float* summand = factor + _channels;
        float* scale = Reads[1].Floats, bias = Reads[2].Floats, mean = Reads[3].Floats, variance = Reads[4].Floats;
        for (int c = 0; c < _channels; c++)
        {
            factor[c] = scale[c] / MathF.Sqrt(variance[c] + _epsilon);
            summand[c] = MathF.FusedMultiplyAdd(-mean[c], factor[c], bias[c]);
        }
        (long from, long to) = _chunks[piece];
        for (long pixel = from; pixel < to; pixel++)
            Affine.Row(Reads[0].Floats + pixel * _channels, factor, summand, Writes[0].Floats + pixel * _channels, _channels);
    }
}

/// <summary>
/// GroupNormalization, and InstanceNormalization as groups of one channel, of images with channels last. A piece is some groups of one
/// image; sums run over the pixels, channels side by side, in stretches so that long sums stay accurate.
/// </summary>
internal sealed unsafe class GroupNormalizationStep : Step
{
    private const int Stretch = 128;
    private const int ChannelsAtLeast = 16;
    private readonly float _epsilon;
    private readonly int _channels;
    private readonly int _perGroup;
    private readonly long _pixels;
    private readonly int _groupsPerPiece;
    private readonly int _blocks;

    public GroupNormalizationStep(Operation operation, int groups, float epsilon)
        : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        Shape x = Reads[0].Shape;
        _epsilon = epsilon;
        _channels = x[^1];
        _perGroup = _channels / Math.Max(1, groups);
        _pixels = x.CountBetween(1, x.Rank - 1);
        _groupsPerPiece = (ChannelsAtLeast + _perGroup - 1) / Math.Max(1, _perGroup);
        _blocks = (groups + _groupsPerPiece - 1) / _groupsPerPiece;
        Pieces = Math.Max(1, x[0] * _blocks);
    }

    public override string Kernel => "group normalization";

    public override int Pieces { get; }

    public override int ScratchBytes => 3 * _groupsPerPiece * _perGroup * sizeof(float);

    public override bool CanOverwrite(int read) => read == 0;

    public override void Execute(int piece, byte* scratch)
    {
        if (Reads[0].Shape.Count == 0) return;
        (int image, int block) = Math.DivRem(piece, _blocks);
        int first = block * _groupsPerPiece * _perGroup;
        int count = Math.Min(_groupsPerPiece * _perGroup, _channels - first);
        float* mean = (float*)scratch;
        float* variance = mean + _groupsPerPiece * _perGroup;
        float* part = variance + _groupsPerPiece * _perGroup;
        long start = image * _pixels * _channels + first;
        float* x = Reads[0].Floats + start;
        Sum(x, mean, part, null, count);
        Average(mean, count);
        Sum(x, variance, part, mean, count);
        Average(variance, count);
        float* factor = variance;
        float* summand = mean;
        for (int c = 0; c < count; c++)
        {
            factor[c] = Reads[1].Floats[first + c] / MathF.Sqrt(variance[c] + _epsilon);
            summand[c] = MathF.FusedMultiplyAdd(-mean[c], factor[c], Reads[2].Floats[first + c]);
        }
        for (long pixel = 0; pixel < _pixels; pixel++)
            Affine.Row(x + pixel * _channels, factor, summand, Writes[0].Floats + start + pixel * _channels, count);
    }

    /// <summary>For each channel the sum over the pixels, or with a mean the sum of squared deviations from it.</summary>
    private void Sum(float* x, float* sum, float* part, float* mean, int count)
    {
        new Span<float>(sum, count).Clear();
        for (long stretch = 0; stretch < _pixels; stretch += Stretch)
        {
            new Span<float>(part, count).Clear();
            for (long pixel = stretch; pixel < Math.Min(_pixels, stretch + Stretch); pixel++)
            {
                if (mean == null) Fold.Beside<Fold.Sum>(part, x + pixel * _channels, count);
                else Affine.AddSquaredDeviations(part, x + pixel * _channels, mean, count);
            }
            Fold.Beside<Fold.Sum>(sum, part, count);
        }
    }

    /// <summary>The sums of a group's channels become the group's average, in each of its channels.</summary>
    private void Average(float* sum, int count)
    {
        for (int group = 0; group < count; group += _perGroup)
        {
            float total = Fold.Row<Fold.Sum>(sum + group, _perGroup);
            new Span<float>(sum + group, _perGroup).Fill(total / (_pixels * _perGroup));
        }
    }
}

/// <summary>LayerNormalization: each row, which is everything from one axis on, by its own mean and variance.</summary>
internal sealed unsafe class LayerNormalizationStep : Step
{
    private readonly float _epsilon;
    private readonly int _length;
    private readonly Nest _scale;
    private readonly Nest? _bias;
    private readonly Chunks _chunks;

    public LayerNormalizationStep(Operation operation, int axis, float epsilon)
        : base(operation.Name, [.. operation.Inputs.OfType<Buffer>()], [operation.Output])
    {
        Shape x = Reads[0].Shape;
        View row = View.Dense(x.Extents[axis..]);
        _epsilon = epsilon;
        _length = (int)x.CountBetween(axis, x.Rank);
        _scale = new Nest(row, View.Dense(Reads[1].Shape).Broadcast(row.Extents));
        _bias = Reads.Count > 2 ? new Nest(row, View.Dense(Reads[2].Shape).Broadcast(row.Extents)) : null;
        _chunks = new Chunks(x.CountBetween(0, axis), Chunks.Elements / 4 / Math.Max(1, _length));
    }

    public override string Kernel => "layer normalization";

    public override int Pieces => _chunks.Count;

    public override bool CanOverwrite(int read) => read == 0;

    public override void Execute(int piece, byte* scratch)
    {
        (long from, long to) = _chunks[piece];
        for (long row = from; row < to && _length > 0; row++)
        {
            float* x = Reads[0].Floats + row * _length;
            float* y = Writes[0].Floats + row * _length;
            float mean = Fold.Row<Fold.Sum>(x, _length) / _length;
            Elementwise.Row(default(FloatArithmetic.Sub), x, 1, &mean, 0, y, _length);
            float factor = 1f / MathF.Sqrt(Fold.Row<Fold.SumOfSquares>(y, _length) / _length + _epsilon);
            Elementwise.Row(default(FloatArithmetic.Mul), y, 1, &factor, 0, y, _length);
            Apply<FloatArithmetic.Mul>(_scale, y, Reads[1].Floats);
            if (_bias is not null) Apply<FloatArithmetic.Add>(_bias, y, Reads[2].Floats);
        }
    }

    private static void Apply<TFunction>(Nest nest, float* y, float* parameter) where TFunction : struct, IBinaryFunction
    {
        for (Nest.Runs run = nest.Between(0, nest.Count); run.MoveNext();)
            Elementwise.Row(default(TFunction), y + run[0], 1, parameter + run[1], nest.RowStride(1), y + run[0], run.Length);
    }
}

/// <summary>LpNormalization: each line along the axis is divided by its 1-norm or 2-norm; a line of zeros stays.</summary>
internal sealed unsafe class LpNormalizationStep(Operation operation, LpNormalization op)
    : Step(operation.Name, [operation.Input(0)], [operation.Output])
{
    private readonly Lines _lines = new(operation.Input(0).Shape, op.Axis);

    public override string Kernel => "lp normalization";

    public override bool CanOverwrite(int read) => true;

    public override void Execute(int piece, byte* scratch)
    {
        for (long line = 0; line < _lines.Count; line++)
        {
            long start = _lines.Start(line, _lines.Extent);
            float* x = Reads[0].Floats + start;
            float* y = Writes[0].Floats + start;
            float norm = 0f;
            for (int i = 0; i < _lines.Extent; i++)
            {
                float element = x[i * _lines.Inner];
                norm = op.P == 1 ? norm + MathF.Abs(element) : MathF.FusedMultiplyAdd(element, element, norm);
            }
            if (op.P == 2) norm = MathF.Sqrt(norm);
            for (int i = 0; i < _lines.Extent; i++) y[i * _lines.Inner] = norm == 0f ? 0f : x[i * _lines.Inner] / norm;
        }
    }
}
