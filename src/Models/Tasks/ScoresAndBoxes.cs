namespace EdgeCnn.Models.Tasks;

/// <summary>Heads with scores in one output and boxes in another: SSD, UltraFace, RetinaFace, transformers.</summary>
internal static class ScoresAndBoxes
{
    /// <summary>The outputs that hold N x C scores and N x 4 boxes; others (landmarks) may stand beside them.</summary>
    public static (int Scores, int Boxes)? Find(int[][] shapes)
    {
        int boxes = Array.FindIndex(shapes, shape => shape.Length == 2 && shape[1] == 4 && shape[0] > 4);
        if (boxes < 0) return null;
        int scores = -1;
        for (int i = 0; i < shapes.Length; i++)
        {
            // RetinaFace has ten landmark values beside two scores: of several candidates the narrowest is the scores.
            bool matches = i != boxes && shapes[i].Length == 2 && shapes[i][0] == shapes[boxes][0];
            if (matches && (scores < 0 || shapes[i][1] < shapes[scores][1])) scores = i;
        }
        return scores < 0 ? null : (scores, boxes);
    }

    public static LevelDecoder? Build(Head head, int[][] shapes, int width, int height)
    {
        if (Find(shapes) is not (int scores, int boxes)) return null;
        int count = shapes[boxes][0], channels = shapes[scores][1];
        if (channels < (head.Background ? 2 : 1)) return null;
        if (head.Boxes != BoxCoding.AnchorVariance)
        {
            Level all = new(count, 1, 1, 0, 0, new Field(boxes, 0, 4, 1), new Field(scores, 0, channels, 1));
            return new LevelDecoder(head, [all], -1, channels, width, height);
        }

        // The anchors of a cell lie side by side: each of them is a level of its own.
        if (head.Anchors.Count != head.Strides.Count)
            throw new ModelException("Boxes as offsets to anchors need head.strides and head.anchors in the model card.");
        List<Level> levels = [];
        int first = 0;
        for (int i = 0; i < head.Strides.Count; i++)
        {
            int columns = Pieces.Cells(width, head.Strides[i]), rows = Pieces.Cells(height, head.Strides[i]), anchors = head.Anchors[i]
                .Count / 2;
            for (int a = 0; a < anchors; a++)
            {
                levels.Add(new Level(
                    columns, rows, head.Strides[i], head.Anchors[i][2 * a], head.Anchors[i][(2 * a) + 1],
                    new Field(boxes, (first + a) * 4, anchors * 4, 1),
                    new Field(scores, (first + a) * channels, anchors * channels, 1)));
            }
            first += columns * rows * anchors;
        }
        return first == count
            ? new LevelDecoder(head, [.. levels], -1, channels, width, height)
            : throw new ModelException(
                $"The model card's anchors make {first} boxes and the model gives {count}; correct head.strides and head.anchors.");
    }
}
