using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

/// <summary>Every head's decoder against a slow one that is written here from the papers' formulas, on random outputs.</summary>
public class HeadTests
{
    private const float Threshold = 0.4f;

    private readonly Random _random = new(11);

    [Fact]
    public void YOLOX_grid()
    {
        int[] strides = [8, 16, 32];
        Network network = new(96, 64, [Cells(96, 64, strides), 5 + 7]);
        float[] rows = network.Fill(
            0, (_, channel) => channel < 2 ? Between(-1, 2) : channel < 4 ? Between(-1, 1.5f) : channel == 4 ? Rarely() : Between(0, 1));
        List<Candidate> expected = [];
        int row = 0;
        foreach ((int stride, int x, int y) in Grid(96, 64, strides))
        {
            ReadOnlySpan<float> v = rows.AsSpan(row * 12, 12);
            Best(expected, v[5..], v[4],
                Around((v[0] + x) * stride, (v[1] + y) * stride, MathF.Exp(v[2]) * stride, MathF.Exp(v[3]) * stride), row++);
        }
        network.Check(HeadLayout.Grid, expected, labels: 7);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void YOLOv8_columns_and_their_transpose(bool columns)
    {
        const int Boxes = 126, Classes = 6;
        Network network = new(96, 64, columns ? [4 + Classes, Boxes] : [Boxes, 4 + Classes]);
        float[] values = network.Fill(0, (outer, inner) => (columns ? outer : inner) < 4 ? Between(10, 60) : Rarely());
        List<Candidate> expected = [];
        for (int i = 0; i < Boxes; i++)
        {
            float V(int channel) => columns ? values[(channel * Boxes) + i] : values[(i * (4 + Classes)) + channel];
            Best(expected, [.. Enumerable.Range(4, Classes).Select(V)], 1, Around(V(0), V(1), V(2), V(3)), i);
        }
        network.Check(HeadLayout.Columns, expected, labels: Classes);
    }

    [Fact]
    public void YOLOv5_decoded_rows()
    {
        int boxes = 3 * Cells(96, 64, [8, 16, 32]);
        Network network = new(96, 64, [boxes, 5 + 3]);
        float[] values = network.Fill(0, (_, channel) => channel < 4 ? Between(10, 60) : channel == 4 ? Rarely() : Between(0, 1));
        List<Candidate> expected = [];
        for (int i = 0; i < boxes; i++)
        {
            ReadOnlySpan<float> v = values.AsSpan(i * 8, 8);
            Best(expected, v[5..], v[4], Around(v[0], v[1], v[2], v[3]), i);
        }
        network.Check(HeadLayout.Rows, expected, labels: 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Anchor_maps_of_YOLOv5_and_YOLOv3(bool squared)
    {
        const int Classes = 4, Each = 5 + Classes;
        (int Stride, float[] Anchors)[] levels =
            [(8, [10, 13, 16, 30, 33, 23]), (16, [30, 61, 62, 45, 59, 119]), (32, [116, 90, 156, 198, 373, 326])];
        Network network = new(96, 64,
            [.. levels.Select(level => squared ? new[] { 3, 64 / level.Stride, 96 / level.Stride, Each } : [3 * Each, 64 / level.Stride,
                96 / level.Stride])]);
        List<Candidate> expected = [];
        int index = 0;
        for (int output = 0; output < 3; output++)
        {
            float[] values = network.Fill(output, (_, _) => Between(-3, 2));
            (int stride, float[] anchors) = levels[output];
            int width = 96 / stride, height = 64 / stride;
            for (int a = 0; a < 3; a++)
            {
                for (int y = 0; y < height; y++)
                {
                    for (int x = 0; x < width; x++)
                    {
                        float V(int c) => squared
                            ? values[(((((a * height) + y) * width) + x) * Each) + c]
                            : values[(((((a * Each) + c) * height) + y) * width) + x];
                        float[] scores = [.. Enumerable.Range(5, Classes).Select(c => Sigmoid(V(c)))];
                        (float, float, float, float) box = squared
                            ? Around(
                                ((2 * Sigmoid(V(0))) - 0.5f + x) * stride,
                                ((2 * Sigmoid(V(1))) - 0.5f + y) * stride,
                                MathF.Pow(2 * Sigmoid(V(2)), 2) * anchors[2 * a],
                                MathF.Pow(2 * Sigmoid(V(3)), 2) * anchors[(2 * a) + 1])
                            : Around((Sigmoid(V(0)) + x) * stride, (Sigmoid(V(1)) + y) * stride, MathF.Exp(V(2)) * anchors[2 * a],
                                MathF.Exp(V(3)) * anchors[(2 * a) + 1]);
                        Best(expected, scores, Sigmoid(V(4)), box, index++);
                    }
                }
            }
        }
        network.Check(HeadLayout.AnchorMaps, expected, labels: Classes);
    }

    [Theory]
    [InlineData("joined maps")]
    [InlineData("maps beside each other")]
    [InlineData("joined columns")]
    public void YOLOv8_before_decoding(string form)
    {
        const int Classes = 5, Bins = 16;
        int[] strides = [8, 16, 32];
        int cells = Cells(96, 64, strides);
        Network network = form switch
        {
            "joined maps" => new(96, 64, [.. strides.Select(s => new[] { (4 * Bins) + Classes, 64 / s, 96 / s })]),
            "joined columns" => new(96, 64, [(4 * Bins) + Classes, cells]),
            _ => new(96, 64, [.. strides.SelectMany(s => new[] { new[] { 4 * Bins, 64 / s, 96 / s }, [Classes, 64 / s, 96 / s] })]),
        };
        float[][] outputs =
            [.. network.Shapes.Select((shape, i) => network.Fill(i,
                (channel, _) => shape[0] == Classes ? Rarely() : channel < 4 * Bins ? Between(-2, 4) : Between(-6, 1)))];
        List<Candidate> expected = [];
        int index = 0, level = 0;
        foreach ((int stride, int x, int y) in Grid(96, 64, strides))
        {
            if (x == 0 && y == 0 && index > 0) level++;
            int plane = 64 / stride * (96 / stride), cell = (y * (96 / stride)) + x, at = index;
            float Distance(int channel) => form switch
            {
                "joined columns" => outputs[0][(channel * cells) + at],
                "joined maps" => outputs[level][(channel * plane) + cell],
                _ => outputs[2 * level][(channel * plane) + cell],
            };
            float Score(int c) =>
                form == "maps beside each other" ? outputs[(2 * level) + 1][(c * plane) + cell] : Sigmoid(Distance((4 * Bins) + c));
            Best(expected, [.. Enumerable.Range(0, Classes).Select(Score)], 1,
                Sides(Distance, Bins, (x + 0.5f) * stride, (y + 0.5f) * stride, stride), index++);
        }
        network.Check(HeadLayout.Distribution, expected, labels: Classes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NanoDet_and_NanoDet_Plus(bool plus)
    {
        const int Classes = 6, Bins = 8;
        int[] strides = plus ? [8, 16, 32, 64] : [8, 16, 32];
        int[] cells = [.. strides.Select(stride => Cells(96, 64, [stride]))];
        Network network = plus
            ? new(96, 64, [cells.Sum(), Classes + (4 * Bins)])
            : new(96, 64, [.. cells.Select(n => new[] { n, Classes }), .. cells.Select(n => new[] { n, 4 * Bins })]);
        float[][] outputs =
            [.. network.Shapes.Select((shape, i) => network.Fill(i,
                (_, channel) => channel < Classes && shape[1] != 4 * Bins ? Rarely() : Between(-2, 3)))];
        List<Candidate> expected = [];
        int index = 0, level = 0, first = 0;
        foreach ((int stride, int x, int y) in Grid(96, 64, strides))
        {
            if (index - first == cells[level]) (first, level) = (index, level + 1);
            int cell = index - first, row = index;
            float Distance(int c) =>
                plus ? outputs[0][(row * (Classes + (4 * Bins))) + Classes + c] : outputs[3 + level][(cell * 4 * Bins) + c];
            float Score(int c) => plus ? outputs[0][(row * (Classes + (4 * Bins))) + c] : outputs[level][(cell * Classes) + c];
            float centre = plus ? 0 : 0.5f;
            Best(expected, [.. Enumerable.Range(0, Classes).Select(Score)], 1,
                Sides(Distance, Bins, (x + centre) * stride, (y + centre) * stride, stride), index++);
        }
        network.Check(HeadLayout.Distribution, expected, labels: Classes);
    }

    [Fact]
    public void UltraFace_scores_and_corners()
    {
        Network network = new(320, 240, [4420, 2], [4420, 4]);
        float[] scores = network.Fill(0, (_, channel) => channel == 0 ? Between(0, 1) : Rarely());
        float[] boxes = network.Fill(1, (_, side) => side < 2 ? Between(0, 0.5f) : Between(0.5f, 1));
        List<Candidate> expected = [];
        for (int i = 0; i < 4420; i++)
            Best(expected, [scores[(2 * i) + 1]], 1,
                (boxes[4 * i] * 320, boxes[(4 * i) + 1] * 240, boxes[(4 * i) + 2] * 320, boxes[(4 * i) + 3] * 240), i);
        network.Check(HeadLayout.ScoresAndBoxes, expected, labels: null);
    }

    [Fact]
    public void RetinaFace_offsets_to_the_anchors_of_a_card()
    {
        (int Stride, int[] Sides)[] anchors = [(8, [16, 32]), (16, [64, 128]), (32, [256, 512])];
        int count = 2 * Cells(96, 64, [8, 16, 32]);
        Network network = new(96, 64, [count, 4], [count, 2], [count, 10]);
        float[] boxes = network.Fill(0, (_, _) => Between(-2, 2)), logits = network.Fill(1, (_, _) => Between(-3, 3));
        ModelCard card = new()
        {
            Labels = ["face"],
            Head = new HeadCard
            {
                Boxes = BoxCoding.AnchorVariance,
                Scores = Activation.Softmax,
                Normalised = false,
                Strides = [8, 16, 32],
                Anchors = [[16, 16, 32, 32], [64, 64, 128, 128], [256, 256, 512, 512]],
            },
        };
        // Boxes are listed by cell, then by anchor.
        List<Candidate> expected = [];
        int row = 0;
        foreach ((int stride, int[] sides) in anchors)
        {
            foreach ((_, int x, int y) in Grid(96, 64, [stride]))
            {
                foreach (int side in sides)
                {
                    ReadOnlySpan<float> v = boxes.AsSpan(4 * row, 4);
                    float face = MathF.Exp(logits[(2 * row) + 1]) / (MathF.Exp(logits[2 * row]) + MathF.Exp(logits[(2 * row) + 1]));
                    Best(
                        expected, [face], 1,
                        Around(
                            ((x + 0.5f) * stride) + (v[0] * 0.1f * side), ((y + 0.5f) * stride) + (v[1] * 0.1f * side),
                            MathF.Exp(v[2] * 0.2f) * side, MathF.Exp(v[3] * 0.2f) * side),
                        row++);
                }
            }
        }
        network.Check(HeadLayout.ScoresAndBoxes, expected, card);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(4)]
    public void End_to_end_rows_with_and_without_an_image_index_and_apart(int form)
    {
        const int Rows = 50;
        Network network = form == 4 ? new(96, 64, [1], [Rows, 4], [1, Rows], [1, Rows]) : new(96, 64, [Rows, form]);
        float[][] outputs = [.. network.Shapes.Select((_, i) => network.Fill(i, (_, _) => 0))];
        List<Candidate> expected = [];
        for (int i = 0; i < Rows; i++)
        {
            (float left, float top, float right, float bottom) = (Between(0, 40), Between(0, 30), Between(41, 90), Between(31, 60));
            float score = Between(0, 1);
            int classId = _random.Next(5);
            float[] row = form == 7 ? [0, left, top, right, bottom, classId, score] : [left, top, right, bottom, score, classId];
            if (form == 4)
            {
                row[..4].CopyTo(outputs[1], 4 * i);
                (outputs[2][i], outputs[3][i]) = (score, classId);
            }
            else
            {
                row.CopyTo(outputs[0], form * i);
            }
            if (score >= Threshold) expected.Add(new Candidate(left, top, right, bottom, score, classId, i));
        }
        network.Check(HeadLayout.EndToEnd, expected, labels: 5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Queries_of_a_transformer(bool joined)
    {
        const int Classes = 7;
        Network network = joined ? new(96, 64, [300, 4 + Classes]) : new(96, 64, [300, Classes], [300, 4]);
        float[] boxes = network.Fill(joined ? 0 : 1, (_, channel) => channel < 4 ? Between(0.3f, 0.5f) : Rarely());
        float[] logits = joined ? [] : network.Fill(0, (_, _) => Between(-6, 1));
        List<Candidate> expected = [];
        for (int i = 0; i < 300; i++)
        {
            ReadOnlySpan<float> v = boxes.AsSpan(i * (joined ? 4 + Classes : 4), 4);
            float[] scores = joined
                ? boxes.AsSpan((i * (4 + Classes)) + 4, Classes).ToArray()
                : [.. logits.AsSpan(i * Classes, Classes).ToArray().Select(Sigmoid)];
            Best(expected, scores, 1, Around(v[0] * 96, v[1] * 64, v[2] * 96, v[3] * 64), i);
        }
        network.Check(HeadLayout.Queries, expected, labels: Classes);
    }

    [Fact]
    public void Several_labels_for_one_place_are_reported_when_asked_for()
    {
        Network network = new(96, 64, [126, 5 + 2]);
        network.Fill(0, (row, channel) => row != 3 ? 0 : channel < 2 ? 2 : channel < 4 ? 0 : channel == 4 ? 1 : channel == 5 ? 0.6f : 0.7f);
        Assert.Equal([1], network.Detect(HeadLayout.Grid, labels: 2).Select(detection => detection.ClassId));
        Assert.Equal([1, 0], network.Detect(HeadLayout.Grid, labels: 2, multiLabel: true).Select(detection => detection.ClassId));
    }

    [Fact]
    public void Values_that_are_no_numbers_yield_no_boxes()
    {
        Network network = new(96, 64, [126, 5 + 2]);
        network.Fill(
            0, (row, channel) =>
                (row % 4, channel) switch
                {
                    (0, 4) => float.NaN,
                    (1, 2) => float.PositiveInfinity,
                    (2, 0) => float.NaN,
                    (3, 5 or 6) => float.NaN,
                    _ => 1,
                });
        Assert.Empty(network.Detect(HeadLayout.Grid, labels: 2));
    }

    [Theory]
    [InlineData("1x126x12")]
    [InlineData("1x10x126")]
    [InlineData("1x144x8x12 1x144x4x6 1x144x2x3")]
    [InlineData("1x126x8 1x126x4")]
    public void Nothing_is_allocated_by_decoding_in_the_steady_state(string outputs)
    {
        NamedValue input = new("x", ElementType.Float32, new Shape(1, 3, 64, 96));
        NamedValue[] named =
            [.. outputs.Split(' ').Select((shape, i) => new NamedValue($"y{i}", ElementType.Float32,
                new Shape([.. shape.Split('x').Select(int.Parse)])))];
        float[][] values = [.. named.Select(output => Enumerable.Range(0, (int)output.Shape.Count).Select(_ => Between(0, 3)).ToArray())];
        Detector detector = new(ModelTask.Resolve([input], named));
        detector.Prepare(new Picture(96, 64).View, new float[3 * 96 * 64]);
        OutputReader reader = i => values[i];
        List<Detection> results = [];
        detector.Decode(reader, results);
        Assert.NotEmpty(results);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) detector.Decode(reader, results);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    private static int Cells(int width, int height, int[] strides) =>
        strides.Sum(stride => ((width + stride - 1) / stride) * ((height + stride - 1) / stride));

    private static IEnumerable<(int Stride, int X, int Y)> Grid(int width, int height, int[] strides) =>
        from stride in strides
        from y in Enumerable.Range(0, (height + stride - 1) / stride)
        from x in Enumerable.Range(0, (width + stride - 1) / stride)
        select (stride, x, y);

    private static (float Left, float Top, float Right, float Bottom) Around(float x, float y, float w, float h) =>
        (x - (w / 2), y - (h / 2), x + (w / 2), y + (h / 2));

    private static (float Left, float Top, float Right, float Bottom) Sides(Func<int, float> value, int bins, float x, float y, int stride)
    {
        float[] distance = new float[4];
        for (int side = 0; side < 4; side++)
        {
            double[] weights = [.. Enumerable.Range(0, bins).Select(bin => Math.Exp(value((side * bins) + bin)))];
            distance[side] = (float)(weights.Select((weight, bin) => weight * bin).Sum() / weights.Sum()) * stride;
        }
        return (x - distance[0], y - distance[1], x + distance[2], y + distance[3]);
    }

    private static void Best(List<Candidate> expected, ReadOnlySpan<float> scores, float objectness,
        (float Left, float Top, float Right, float Bottom) box, int index)
    {
        int best = 0;
        for (int c = 1; c < scores.Length; c++)
        {
            if (scores[c] > scores[best]) best = c;
        }
        float score = objectness * scores[best];
        if (score >= Threshold) expected.Add(new Candidate(box.Left, box.Top, box.Right, box.Bottom, score, best, index));
    }

    private float Between(float from, float to) => from + (_random.NextSingle() * (to - from));

    private float Rarely() => _random.NextSingle() < 0.05f ? Between(0.3f, 1) : Between(0, 0.2f);

    /// <summary>Outputs of a network that nobody computes.</summary>
    private sealed class Network(int width, int height, params int[][] shapes)
    {
        private readonly float[][] _outputs = [.. shapes.Select(shape => new float[shape.Aggregate(1, (a, b) => a * b)])];

        public int[][] Shapes => shapes;

        /// <summary>Sets every value by its index along the first axis and along the last.</summary>
        public float[] Fill(int output, Func<int, int, float> value)
        {
            float[] values = _outputs[output];
            int first = values.Length / shapes[output][0], last = shapes[output][^1];
            for (int i = 0; i < values.Length; i++) values[i] = value(i / first, i % last);
            return values;
        }

        public List<Detection> Detect(HeadLayout layout, int? labels, bool multiLabel = false) =>
            Detect(layout, labels is int count ? new ModelCard { Labels = Labels.Numbered(count) } : null, multiLabel);

        public void Check(HeadLayout layout, List<Candidate> expected, int? labels) =>
            Check(layout, expected, labels is int count ? new ModelCard { Labels = Labels.Numbered(count) } : null);

        public void Check(HeadLayout layout, List<Candidate> expected, ModelCard? card)
        {
            Assert.NotEmpty(expected);
            List<Detection> detections = Detect(layout, card, multiLabel: false);
            // The picture has the network's size, so that boxes are the network's, cut to the picture.
            Detection[] sorted = [.. expected
                .Select(
                    box =>
                        (Box: box, Left: Math.Clamp(box.Left, 0, width), Top: Math.Clamp(box.Top, 0, height),
                            Right: Math.Clamp(box.Right, 0, width), Bottom: Math.Clamp(box.Bottom, 0, height)))
                .Where(cut => cut.Right > cut.Left && cut.Bottom > cut.Top)
                .OrderByDescending(cut => cut.Box.Score)
                .Select(
                    cut =>
                        new Detection(
                            new Box(cut.Left, cut.Top, cut.Right - cut.Left, cut.Bottom - cut.Top), cut.Box.ClassId, cut.Box.Score))];
            Assert.Equal(sorted.Length, detections.Count);
            for (int i = 0; i < sorted.Length; i++)
            {
                Assert.Equal(sorted[i].ClassId, detections[i].ClassId);
                Assert.Equal(sorted[i].Confidence, detections[i].Confidence, 1e-5f);
                Assert.Equal(sorted[i].Box.X, detections[i].Box.X, 1e-3f);
                Assert.Equal(sorted[i].Box.Y, detections[i].Box.Y, 1e-3f);
                Assert.Equal(sorted[i].Box.Width, detections[i].Box.Width, 1e-3f);
                Assert.Equal(sorted[i].Box.Height, detections[i].Box.Height, 1e-3f);
            }
        }

        private List<Detection> Detect(HeadLayout layout, ModelCard? card, bool multiLabel)
        {
            NamedValue input = new("images", ElementType.Float32, new Shape(1, 3, height, width));
            NamedValue[] outputs =
                [.. shapes.Select((shape, i) => new NamedValue($"output{i}", ElementType.Float32, new Shape([1, .. shape])))];
            ModelCard configuration = new() { Confidence = Threshold, Iou = 1, MaxDetections = 10_000 };
            ModelTask task = ModelTask.Resolve([input], outputs, null, card, configuration);
            Assert.Equal(layout, task.Layout);
            Detector detector = new(task) { MultiLabel = multiLabel };
            Picture picture = new(width, height);
            detector.Prepare(picture.View, new float[3 * width * height]);
            List<Detection> results = [];
            detector.Decode(i => _outputs[i], results);
            return results;
        }
    }
}
