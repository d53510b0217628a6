using System.Globalization;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>Feature maps: a page for a layer, and one for the way through the network.</summary>
internal static class FeatureSheets
{
    private const int MostChannels = 64, Rows = 8, ChannelsInRow = 12;

    /// <summary>The channels of one layer; of more than 64 the liveliest.</summary>
    public static Sheet Of(LayerMaps layer, string source)
    {
        int[] channels = layer.Channels <= MostChannels
            ? [.. Enumerable.Range(0, layer.Channels)]
            : [.. layer.Liveliest(MostChannels).Order()];
        string which = channels.Length == layer.Channels
            ? $"all {layer.Channels} channels"
            : $"the {channels.Length} liveliest of {layer.Channels} channels";
        Sheet sheet = new(
            $"Feature maps: {layer.Name}", Text($"{layer.Summary.Op}, {which}, {layer.Width} x {layer.Height}{Field(layer)}"));
        (double low, double high) = layer.Range();
        Rect[] places = Sheet.Grid(channels.Length, (double)layer.Width / layer.Height, Sheet.Content, gap: 8, caption: 18);
        for (int i = 0; i < channels.Length; i++)
        {
            using Mat map = ColourMap.Viridis.Paint(layer.Map(channels[i]), layer.Height, layer.Width, low, high);
            sheet.Put(map, places[i]);
            sheet.Text(Text($"{channels[i]}"), places[i].X, places[i].Y + places[i].Height + 14, 11, Sheet.Faint);
        }
        sheet.Legend(ColourMap.Viridis, Text($"{low:0.##}"), Text($"{high:0.##}"), "activation");
        sheet.Footer(source);
        return sheet;
    }

    /// <summary>A row for each of some layers: from edges to what the network is about.</summary>
    public static Sheet Overview(IReadOnlyList<LayerMaps> layers, string model, string source)
    {
        string[] names = ShownLayers.Evenly([.. layers.Select(layer => layer.Name)], Rows);
        LayerMaps[] shown = [.. layers.Where(layer => names.Contains(layer.Name))];
        Sheet sheet = new(
            $"What {model} sees", Text($"{shown.Length} of its layers from the first to the last, the liveliest channels of each"));
        const int labels = 300, gap = 8;
        Rect area = Sheet.Content;
        int height = (area.Height - (shown.Length - 1) * gap) / shown.Length;
        for (int row = 0; row < shown.Length; row++)
        {
            LayerMaps layer = shown[row];
            int top = area.Y + row * (height + gap), width = Math.Max(1, (int)((double)height * layer.Width / layer.Height));
            sheet.Text($"{layer.Summary.Op} {layer.Name}", area.X, top + height / 2 - 2, 15, Sheet.Ink, room: labels - 16);
            sheet.Text(Text($"{layer.Channels} x {layer.Width} x {layer.Height}{Field(layer)}"), area.X, top + height / 2 + 20, 12,
                Sheet.Faint, room: labels - 16);
            (double low, double high) = layer.Range();
            int most = Math.Min(Math.Max(1, (area.Width - labels + gap) / (width + gap)), ChannelsInRow + 4);
            int[] channels = layer.Liveliest(most);
            for (int i = 0; i < channels.Length; i++)
            {
                using Mat map = ColourMap.Viridis.Paint(layer.Map(channels[i]), layer.Height, layer.Width, low, high);
                sheet.Put(map, new Rect(area.X + labels + i * (width + gap), top, width, height));
            }
        }
        sheet.Legend(ColourMap.Viridis, "least", "most", "activation, each layer by itself");
        sheet.Footer(source);
        return sheet;
    }

    private static string Field(LayerMaps layer) =>
        layer.Summary.ReceptiveField is { } field ? Text($", sees {field} x {field} pixels") : "";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
