namespace EdgeCnn.Models.Tasks;

/// <summary>Where each value of an end-to-end head's row lies: value i of row n is output[Offset + n * Step].</summary>
internal readonly record struct RowField(int Output, int Offset, int Step);

/// <summary>Reads rows of (left, top, right, bottom, score, class) whose overlaps the network has already suppressed.</summary>
internal sealed class EndToEndDecoder : IHeadDecoder
{
    private readonly RowField _box;
    private readonly RowField _score;
    private readonly RowField _class;
    private readonly int _rows;
    private readonly float _scaleX;
    private readonly float _scaleY;

    /// <param name="rows">How many rows the outputs hold.</param>
    /// <param name="box">Four values side by side.</param>
    /// <param name="score">Probability.</param>
    /// <param name="classId">Class, a whole number.</param>
    /// <param name="scaleX">Network pixels per unit of x: 1, or the input's width.</param>
    /// <param name="scaleY">Likewise of y.</param>
    public EndToEndDecoder(int rows, RowField box, RowField score, RowField classId, float scaleX, float scaleY)
    {
        (_rows, _box, _score, _class, _scaleX, _scaleY) = (rows, box, score, classId, scaleX, scaleY);
    }

    public bool Overlapping => false;

    public int Classes => 0;

    public void Decode(OutputReader outputs, float confidence, bool multiLabel, List<Candidate> candidates)
    {
        ReadOnlySpan<float> boxes = outputs(_box.Output), scores = outputs(_score.Output), classes = outputs(_class.Output);
        for (int row = 0; row < _rows; row++)
        {
            float score = scores[_score.Offset + (row * _score.Step)], classId = classes[_class.Offset + (row * _class.Step)];
            if (!(score >= confidence) || !(classId is >= 0 and <= 65535)) continue;
            ReadOnlySpan<float> box = boxes.Slice(_box.Offset + (row * _box.Step), 4);
            float left = box[0] * _scaleX, top = box[1] * _scaleY, right = box[2] * _scaleX, bottom = box[3] * _scaleY;
            if (!float.IsFinite(left + top + right + bottom) || right <= left || bottom <= top) continue;
            candidates.Add(new Candidate(left, top, right, bottom, score, (int)classId, row));
        }
    }
}
