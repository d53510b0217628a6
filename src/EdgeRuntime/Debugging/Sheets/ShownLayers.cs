using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Insight;

namespace EdgeCnn.EdgeRuntime.Debugging.Sheets;

/// <summary>What a layer makes of a picture.</summary>
/// <param name="Name">Of the value.</param>
/// <param name="Summary">Of the node that makes it.</param>
/// <param name="Channels">Maps.</param>
/// <param name="Height">Of each.</param>
/// <param name="Width">Of each.</param>
/// <param name="Values">Channels x height x width.</param>
internal sealed record LayerMaps(string Name, LayerSummary Summary, int Channels, int Height, int Width, float[] Values)
{
    public ReadOnlySpan<float> Map(int channel) => Values.AsSpan(channel * Height * Width, Height * Width);

    /// <summary>The channels that vary most over the picture, the liveliest first.</summary>
    public int[] Liveliest(int count) => [.. Enumerable.Range(0, Channels).OrderByDescending(Variance).Take(count)];

    /// <summary>The part of the maps that the picture covers, without what a letterbox added around it.</summary>
    /// <param name="placement">Where the picture lies in the network's input.</param>
    /// <param name="picture">Its width and height.</param>
    /// <param name="input">Those of the input.</param>
    public LayerMaps Uncovered(Placement placement, (int Width, int Height) picture, (int Width, int Height) input)
    {
        (int left, int right) = Cells(placement.OffsetX, placement.ScaleX, picture.Width, input.Width, Width);
        (int top, int bottom) = Cells(placement.OffsetY, placement.ScaleY, picture.Height, input.Height, Height);
        (int width, int height) = (right - left, bottom - top);
        float[] values = new float[Channels * height * width];
        for (int row = 0; row < Channels * height; row++)
        {
            (int channel, int y) = Math.DivRem(row, height);
            Map(channel).Slice((top + y) * Width + left, width).CopyTo(values.AsSpan(row * width));
        }
        return this with { Height = height, Width = width, Values = values };
    }

    /// <summary>Below and above which a two-hundredth of all values lies; colours span what is between.</summary>
    public (double Low, double High) Range()
    {
        float[] sorted = [.. Values.Where(float.IsFinite)];
        if (sorted.Length == 0) return (0, 1);
        Array.Sort(sorted);
        int cut = sorted.Length / 200;
        return (sorted[cut], sorted[^(cut + 1)]);
    }

    private static (int First, int End) Cells(float offset, float scale, int picture, int input, int cells)
    {
        int first = Math.Clamp((int)Math.Round(-offset / scale * cells / input), 0, cells - 1);
        int end = Math.Clamp((int)Math.Round((picture - offset) / scale * cells / input), first + 1, cells);
        return (first, end);
    }

    private double Variance(int channel)
    {
        double sum = 0, squares = 0;
        foreach (float value in Map(channel))
        {
            sum += value;
            squares += (double)value * value;
        }
        int count = Height * Width;
        return (squares / count) - (sum / count * (sum / count));
    }
}

/// <summary>
/// The layers of a network that are worth looking at: maps of more than one place, behind their normalisation and activation.
/// </summary>
internal static class ShownLayers
{
    /// <summary>The names of their values, in order.</summary>
    public static string[] Of(Graph graph)
    {
        Dictionary<string, List<Node>> readers = [];
        foreach (Node node in graph.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                if (!readers.TryGetValue(input, out List<Node>? list)) readers[input] = list = [];
                list.Add(node);
            }
        }
        return
        [
            .. graph.Nodes
                .Where(node => IsLayer(node.Operator) && IsMap(graph.Values[node.Outputs[0]], graph.Values[graph.Inputs[0]].Shape))
                .Select(node => node.Outputs[0])
                .Where(value => !(readers.GetValueOrDefault(value) is [var only] && Continues(only, graph))),
        ];
    }

    /// <summary>So many of them, from the first to the last, evenly.</summary>
    public static string[] Evenly(string[] layers, int count) => layers.Length <= count
        ? layers
        : [.. Enumerable.Range(0,
            count).Select(i => layers[(int)Math.Round(i * (layers.Length - 1.0) / Math.Max(count - 1, 1))]).Distinct()];

    /// <summary>Runs the network, by the engine, and keeps what these layers make.</summary>
    public static List<LayerMaps> Compute(Graph graph, string[] layers, ReadOnlySpan<float> input, int threads)
    {
        Dictionary<string, LayerSummary> summaries = [];
        foreach ((Node node, LayerSummary summary) in graph.Nodes.Zip(GraphSummary.Of(graph).Layers)) summaries[node.Outputs[0]] = summary;
        using Network network = Network.Load(GraphCut.Upto(graph, layers), new EngineOptions(threads));
        input.CopyTo(network.Input<float>(0));
        network.Run();
        List<LayerMaps> maps = [];
        for (int i = 0; i < layers.Length; i++)
        {
            Shape shape = network.Outputs[i].Shape;
            maps.Add(new LayerMaps(layers[i], summaries[layers[i]], shape[1], shape[2], shape[3], network.Output<float>(i).ToArray()));
        }
        return maps;
    }

    /// <summary>Channels of more than one place, shaped as the image is; tables of boxes may have four axes too.</summary>
    public static bool IsMap(ValueInfo value, Shape image)
    {
        if (value.Type != ElementType.Float32 || value.Shape is not { Rank: 4 } map || map[0] != 1 || map[2] * map[3] <= 1) return false;
        double stretch = (double)map[3] * image[2] / ((double)map[2] * image[3]);
        return stretch is > 0.6 and < 1.7;
    }

    private static bool IsLayer(Operator op) =>
        op is Convolution or Unary or PRelu or Pooling or BatchNormalization or Lrn or Add or DequantizeLinear;

    /// <summary>Whether a node only finishes what the one before it began.</summary>
    private static bool Continues(Node node, Graph graph) =>
        node.Operator is BatchNormalization or Unary or PRelu or QuantizeLinear or DequantizeLinear
        || (node.Operator is Add && node.Inputs.Any(graph.Constants.ContainsKey));
}
