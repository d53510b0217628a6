namespace EdgeCnn.Models.Tasks;

/// <summary>
/// Where the values of a level's cells lie: value of cell i and channel c is output[Offset + i * CellStep + c * ChannelStep].
/// </summary>
internal readonly record struct Field(int Output, int Offset, int CellStep, int ChannelStep);

/// <summary>The cells that share a stride and an anchor. A head without a grid is one level, one row high.</summary>
internal readonly record struct Level(int Width, int Height, int Stride, float AnchorWidth, float AnchorHeight, Field Boxes, Field Scores)
{
    public int Cells => Width * Height;
}

/// <summary>What reads candidates out of a network's outputs.</summary>
internal interface IHeadDecoder
{
    /// <summary>Candidates may overlap and have to be suppressed.</summary>
    bool Overlapping { get; }

    /// <summary>Number of classes, the background not counted; 0 when the outputs do not tell.</summary>
    int Classes { get; }

    /// <summary>Adds every box whose score reaches <paramref name="confidence"/>.</summary>
    /// <param name="outputs">The network's outputs.</param>
    /// <param name="confidence">0 to 1.</param>
    /// <param name="multiLabel">A place may yield several classes; otherwise its best one.</param>
    /// <param name="candidates">Added to.</param>
    void Decode(OutputReader outputs, float confidence, bool multiLabel, List<Candidate> candidates);
}

/// <summary>
/// Decodes every head that gives, for each place, a box, class scores and perhaps objectness: the layouts differ in where these lie
/// (<see cref="Level"/>) and how the box is coded (<see cref="BoxCoding"/>). Scores are held against the threshold before a box is touched.
/// </summary>
internal sealed class LevelDecoder : IHeadDecoder
{
    private const int Chunk = 256;

    private readonly Head _head;
    private readonly Level[] _levels;
    private readonly int _objectness;
    private readonly int _channels;
    private readonly float _scaleX;
    private readonly float _scaleY;
    private readonly float[] _scores;
    private readonly float[] _most = new float[Chunk];

    /// <param name="head">How boxes and scores are coded.</param>
    /// <param name="levels">Where they lie.</param>
    /// <param name="objectness">The channel of the boxes' field that holds objectness; -1 for none.</param>
    /// <param name="channels">Class scores of a place, the background included.</param>
    /// <param name="width">Of the network's input.</param>
    /// <param name="height">Of the network's input.</param>
    public LevelDecoder(Head head, Level[] levels, int objectness, int channels, int width, int height)
    {
        (_head, _levels, _objectness, _channels) = (head, levels, objectness, channels);
        (_scaleX, _scaleY) = head.Normalised ? (width, height) : (1f, 1f);
        _scores = new float[channels];
    }

    public bool Overlapping => _head.Layout != HeadLayout.Queries;

    public int Classes => _head.Background ? _channels - 1 : _channels;

    /// <summary>Where each stride's values lie: what a loss has to read and answer.</summary>
    public ReadOnlySpan<Level> Levels => _levels;

    /// <summary>The channel of the boxes' field that holds objectness; -1 for none.</summary>
    public int Objectness => _objectness;

    public void Decode(OutputReader outputs, float confidence, bool multiLabel, List<Candidate> candidates)
    {
        int index = 0;
        foreach (ref readonly Level level in _levels.AsSpan())
        {
            ReadOnlySpan<float> boxes = outputs(level.Boxes.Output)[level.Boxes.Offset..];
            ReadOnlySpan<float> scores = outputs(level.Scores.Output)[level.Scores.Offset..];
            Pass pass = new(level, boxes, scores, confidence, multiLabel, index, candidates);
            if (_objectness >= 0) ByObjectness(pass);
            else if (_head.Scores == Activation.Softmax) BySoftmax(pass);
            else if (level.Scores.CellStep == 1) ByChannels(pass);
            else ByCells(pass);
            index += level.Cells;
        }
    }

    /// <summary>The least raw score that can reach the threshold.</summary>
    private float Threshold(float confidence) => _head.Scores == Activation.Sigmoid ? Scores.Logit(confidence) : confidence;

    private void ByObjectness(in Pass pass)
    {
        float threshold = Threshold(pass.Confidence);
        int step = pass.Level.Boxes.CellStep, channel = _objectness * pass.Level.Boxes.ChannelStep;
        for (int cell = 0; cell < pass.Level.Cells; cell++)
        {
            float objectness = pass.Boxes[(cell * step) + channel];
            if (objectness >= threshold) Consider(pass, cell, Probability(objectness));
        }
    }

    /// <summary>Scores of one class lie side by side: the most of a chunk of cells is found class by class.</summary>
    private void ByChannels(in Pass pass)
    {
        float threshold = Threshold(pass.Confidence);
        for (int start = 0; start < pass.Level.Cells; start += Chunk)
        {
            Span<float> most = _most.AsSpan(0, Math.Min(Chunk, pass.Level.Cells - start));
            most.Fill(float.NegativeInfinity);
            for (int c = FirstClass; c < _channels; c++)
                Scores.Max(most, pass.Scores.Slice((c * pass.Level.Scores.ChannelStep) + start, most.Length));
            for (int i = 0; i < most.Length; i++)
            {
                if (most[i] >= threshold) Consider(pass, start + i, 1);
            }
        }
    }

    /// <summary>Scores of one cell lie side by side.</summary>
    private void ByCells(in Pass pass)
    {
        float threshold = Threshold(pass.Confidence);
        for (int cell = 0; cell < pass.Level.Cells; cell++)
        {
            ReadOnlySpan<float> scores = pass.Scores.Slice(cell * pass.Level.Scores.CellStep, _channels);
            if (Scores.Max(scores[FirstClass..]) >= threshold) Consider(pass, cell, 1);
        }
    }

    /// <summary>
    /// A softmax cannot exceed the sigmoid of a score's lead over any other one: exponentials are only computed where a lead allows it.
    /// </summary>
    private void BySoftmax(in Pass pass)
    {
        float lead = FirstClass == 1 ? Scores.Logit(pass.Confidence) : float.NegativeInfinity;
        Field field = pass.Level.Scores;
        for (int cell = 0; cell < pass.Level.Cells; cell++)
        {
            float most = float.NegativeInfinity;
            for (int c = FirstClass; c < _channels; c++)
                most = Math.Max(most, pass.Scores[(cell * field.CellStep) + (c * field.ChannelStep)]);
            if (most - pass.Scores[cell * field.CellStep] >= lead) Consider(pass, cell, 1);
        }
    }

    private int FirstClass => _head.Background ? 1 : 0;

    private float Probability(float score) => _head.Scores == Activation.Sigmoid ? Scores.Sigmoid(score) : score;

    private void Consider(in Pass pass, int cell, float objectness)
    {
        Field field = pass.Level.Scores;
        for (int c = 0; c < _channels; c++) _scores[c] = pass.Scores[(cell * field.CellStep) + (c * field.ChannelStep)];
        if (_head.Scores == Activation.Softmax) Scores.Softmax(_scores, _scores);

        int best = FirstClass;
        for (int c = best + 1; c < _channels; c++)
        {
            if (_scores[c] > _scores[best]) best = c;
        }
        if (!(objectness * Probability(_scores[best]) >= pass.Confidence)) return;
        (float left, float top, float right, float bottom) = Box(pass, cell);
        if (!float.IsFinite(left + top + right + bottom) || right <= left || bottom <= top) return;

        (int first, int last) = pass.MultiLabel ? (FirstClass, _channels - 1) : (best, best);
        for (int c = first; c <= last; c++)
        {
            float score = objectness * Probability(_scores[c]);
            if (score >= pass.Confidence)
                pass.Candidates.Add(new Candidate(left, top, right, bottom, score, c - FirstClass, pass.FirstIndex + cell));
        }
    }

    private (float Left, float Top, float Right, float Bottom) Box(in Pass pass, int cell)
    {
        Level level = pass.Level;
        (int y, int x) = Math.DivRem(cell, level.Width);
        switch (_head.Boxes)
        {
            case BoxCoding.CentreSize:
                return Around(
                    pass.Box(cell, 0) * _scaleX, pass.Box(cell, 1) * _scaleY, pass.Box(cell, 2) * _scaleX, pass.Box(cell, 3) * _scaleY);
            case BoxCoding.Corners:
                return (pass.Box(cell, 0) * _scaleX, pass.Box(cell, 1) * _scaleY, pass.Box(cell, 2) * _scaleX, pass.Box(cell, 3) * _scaleY);
            case BoxCoding.CellExponential:
                return Around(
                    (pass.Box(cell, 0) + x) * level.Stride,
                    (pass.Box(cell, 1) + y) * level.Stride,
                    MathF.Exp(pass.Box(cell, 2)) * level.Stride,
                    MathF.Exp(pass.Box(cell, 3)) * level.Stride);
            case BoxCoding.AnchorExponential:
                return Around(
                    (Scores.Sigmoid(pass.Box(cell, 0)) + x) * level.Stride,
                    (Scores.Sigmoid(pass.Box(cell, 1)) + y) * level.Stride,
                    MathF.Exp(pass.Box(cell, 2)) * level.AnchorWidth,
                    MathF.Exp(pass.Box(cell, 3)) * level.AnchorHeight);
            case BoxCoding.AnchorSquare:
                float width = 2 * Scores.Sigmoid(pass.Box(cell, 2)), height = 2 * Scores.Sigmoid(pass.Box(cell, 3));
                return Around(
                    ((2 * Scores.Sigmoid(pass.Box(cell, 0))) - 0.5f + x) * level.Stride,
                    ((2 * Scores.Sigmoid(pass.Box(cell, 1))) - 0.5f + y) * level.Stride,
                    width * width * level.AnchorWidth,
                    height * height * level.AnchorHeight);
            case BoxCoding.AnchorVariance:
                return Around(
                    ((x + _head.CellCentre) * level.Stride) + (pass.Box(cell, 0) * _head.Variance.Centre * level.AnchorWidth),
                    ((y + _head.CellCentre) * level.Stride) + (pass.Box(cell, 1) * _head.Variance.Centre * level.AnchorHeight),
                    MathF.Exp(pass.Box(cell, 2) * _head.Variance.Size) * level.AnchorWidth,
                    MathF.Exp(pass.Box(cell, 3) * _head.Variance.Size) * level.AnchorHeight);
            default:
                float centreX = (x + _head.CellCentre) * level.Stride, centreY = (y + _head.CellCentre) * level.Stride;
                return (
                    centreX - (Distance(pass, cell, 0) * level.Stride),
                    centreY - (Distance(pass, cell, 1) * level.Stride),
                    centreX + (Distance(pass, cell, 2) * level.Stride),
                    centreY + (Distance(pass, cell, 3) * level.Stride));
        }
    }

    private static (float Left, float Top, float Right, float Bottom) Around(float x, float y, float width, float height) =>
        (x - (width / 2), y - (height / 2), x + (width / 2), y + (height / 2));

    /// <summary>The mean of the distribution of one side's distance.</summary>
    private float Distance(in Pass pass, int cell, int side)
    {
        int first = side * _head.Bins;
        float max = float.NegativeInfinity, sum = 0, mean = 0;
        for (int bin = 0; bin < _head.Bins; bin++) max = Math.Max(max, pass.Box(cell, first + bin));
        for (int bin = 0; bin < _head.Bins; bin++)
        {
            float weight = MathF.Exp(pass.Box(cell, first + bin) - max);
            sum += weight;
            mean += weight * bin;
        }
        return mean / sum;
    }

    /// <summary>What does not change while one level is read.</summary>
    private readonly ref struct Pass(
        in Level level, ReadOnlySpan<float> boxes, ReadOnlySpan<float> scores, float confidence, bool multiLabel, int firstIndex,
        List<Candidate> candidates)
    {
        public readonly Level Level = level;
        public readonly ReadOnlySpan<float> Boxes = boxes;
        public readonly ReadOnlySpan<float> Scores = scores;
        public readonly float Confidence = confidence;
        public readonly bool MultiLabel = multiLabel;
        public readonly int FirstIndex = firstIndex;
        public readonly List<Candidate> Candidates = candidates;

        public float Box(int cell, int channel) => Boxes[(cell * Level.Boxes.CellStep) + (channel * Level.Boxes.ChannelStep)];
    }
}
