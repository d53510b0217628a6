using System.Globalization;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>The filters of a network's first convolution: in colours where they look at colours, else input by input.</summary>
internal static class FilterSheet
{
    private const int MostFilters = 128, MostRows = 32;

    /// <summary>Null where the first convolution's weights are no floats in the file.</summary>
    public static Sheet? Of(Graph graph, ChannelOrder order, string source)
    {
        Node? first = graph.Nodes.FirstOrDefault(node => node.Operator is Conv);
        if (first is null || !graph.Constants.TryGetValue(first.Inputs[1], out Tensor? weights) || weights.Type != ElementType.Float32)
            return null;
        Shape shape = weights.Shape;
        string subtitle = Text($"{first.Name}: {shape[0]} filters of {shape[1]} x {shape[2]} x {shape[3]}");
        return shape[1] == 3 ? InColours(weights, order, subtitle, source) : ByInput(weights, subtitle, source);
    }

    private static Sheet InColours(Tensor weights, ChannelOrder order, string subtitle, string source)
    {
        Shape shape = weights.Shape;
        int count = Math.Min(shape[0], MostFilters), area = shape[2] * shape[3];
        Sheet sheet = new("First-layer filters", subtitle + ", grey where a weight is zero, each filter stretched to its own range");
        Rect[] places = Sheet.Grid(count, (double)shape[3] / shape[2], Sheet.Content, gap: 14);
        int red = order == ChannelOrder.Bgr ? 2 : 0;
        for (int m = 0; m < count; m++)
        {
            float[] filter = weights.As<float>().Slice(m * 3 * area, 3 * area).ToArray();
            float most = Math.Max(filter.Max(Math.Abs), 1e-12f);
            using Mat tile = new(shape[2], shape[3], MatType.CV_8UC3);
            for (int i = 0; i < area; i++)
            {
                byte Level(int channel) => (byte)Math.Round(127.5 + 127.5 * filter[channel * area + i] / most);
                tile.Set(i / shape[3], i % shape[3], new Vec3b(Level(2 - red), Level(1), Level(red)));
            }
            sheet.Put(tile, places[m]);
            sheet.Box(places[m], Sheet.Line);
        }
        sheet.Footer(source);
        return sheet;
    }

    /// <summary>A single input: a tile for each filter; several: a row for each, a column for each input.</summary>
    private static Sheet ByInput(Tensor weights, string subtitle, string source)
    {
        Shape shape = weights.Shape;
        int inputs = shape[1], area = shape[2] * shape[3];
        int filters = Math.Min(shape[0], inputs == 1 ? MostFilters : MostRows);
        string shown = inputs == 1 ? "" : ", each a block of its inputs";
        Sheet sheet = new("First-layer filters", subtitle + shown + (filters < shape[0] ? Text($", the first {filters}") : ""));
        int across = (int)Math.Ceiling(Math.Sqrt(inputs)), down = (inputs + across - 1) / across;
        Rect[] places = Sheet.Grid(filters, (double)across * shape[3] / (down * shape[2]), Sheet.Content, gap: 14);
        for (int m = 0; m < filters; m++)
        {
            Rect[] parts = Sheet.Grid(across * down, (double)shape[3] / shape[2], places[m], gap: inputs == 1 ? 0 : 1);
            double most = Math.Max(weights.As<float>().Slice(m * inputs * area, inputs * area).ToArray().Max(Math.Abs), 1e-12f);
            for (int c = 0; c < inputs; c++)
            {
                using Mat tile = ColourMap.Diverging.Paint(
                    weights.As<float>().Slice((m * inputs + c) * area, area), shape[2], shape[3], -most, most);
                sheet.Put(tile, parts[c]);
            }
            sheet.Box(places[m], Sheet.Line);
        }
        sheet.Legend(ColourMap.Diverging, "negative", "positive", "weight, each filter by itself");
        sheet.Footer(source);
        return sheet;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
