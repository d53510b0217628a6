namespace EdgeCnn.Models.Tasks;

/// <summary>The ways in which exporters lay out boxes that have been through suppression already.</summary>
internal static class EndToEndLayout
{
    /// <summary>Count, N x 4 boxes, N scores, N classes as four outputs (TensorRT's EfficientNMS).</summary>
    public static bool IsSplit(int[][] shapes) => Split(shapes) is not null;

    public static EndToEndDecoder? Build(Head head, int[][] shapes, int width, int height)
    {
        (float scaleX, float scaleY) = head.Normalised ? (width, height) : (1f, 1f);
        if (shapes.Length == 1 && shapes[0].Length == 2 && shapes[0][1] is 6 or 7)
        {
            int rows = shapes[0][0], step = shapes[0][1];
            // Seven values: image, box, class, score, as YOLOv7's export with suppression writes them.
            return step == 6
                ? new EndToEndDecoder(rows, new RowField(0, 0, 6), new RowField(0, 4, 6), new RowField(0, 5, 6), scaleX, scaleY)
                : new EndToEndDecoder(rows, new RowField(0, 1, 7), new RowField(0, 6, 7), new RowField(0, 5, 7), scaleX, scaleY);
        }
        return Split(shapes) is (int boxes, int scores, int classes)
            ? new EndToEndDecoder(
                shapes[boxes][0], new RowField(boxes, 0, 4), new RowField(scores, 0, 1), new RowField(classes, 0, 1), scaleX, scaleY)
            : null;
    }

    private static (int Boxes, int Scores, int Classes)? Split(int[][] shapes)
    {
        int boxes = Array.FindIndex(shapes, shape => shape.Length == 2 && shape[1] == 4);
        if (boxes < 0) return null;
        int rows = shapes[boxes][0];
        int[] lists = [.. Enumerable.Range(0, shapes.Length).Where(i => i != boxes && IsList(shapes[i], rows))];
        return lists.Length == 2 ? (boxes, lists[0], lists[1]) : null;
    }

    /// <summary>N or 1 x N values.</summary>
    private static bool IsList(int[] shape, int count) => shape[^1] == count && (shape.Length == 1 || (shape.Length == 2 && shape[0] == 1));
}
