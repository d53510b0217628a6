using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models;

namespace EdgeCnn.Tests;

/// <summary>
/// A convolutional detector whose weights are written down instead of trained: it finds the coloured boxes of the test pattern. With it the
/// whole program can be tried with known answers. A 1x1 convolution measures how far each pixel is from each colour, a second one turns
/// that
/// into likeness, an average over a window of a box's size finds where a box sits, and the output has the layout of YOLOv8's: 4 + classes x
/// places.
/// </summary>
internal static class PatternNetwork
{
    private const int Width = 320;
    private const int Height = 240;

    /// <summary>A box's side in network pixels: the pattern draws boxes of a sixth of the picture's height.</summary>
    private const int Side = Height / 6;

    private const int Stride = 4;

    /// <summary>Likeness falls from 1 to 0 when red, green and blue together are off by 1 / Steepness.</summary>
    private const float Steepness = 6;

    /// <summary>
    /// A window that covers less than this share of a box scores 0: neighbours of the best window must not count as boxes of their own.
    /// </summary>
    private const float LeastCover = 0.7f;

    public static Graph Build()
    {
        int classes = PatternCamera.Colours.Length;
        GraphBuilder graph = new("pattern");
        string image = graph.Input("images", ElementType.Float32, new Shape(1, 3, Height, Width));
        string distance = graph.Add("distance_relu", new Relu(), Pointwise(graph, "distance", image, Distances(classes)));
        string likeness = graph.Add("likeness_relu", new Relu(), Pointwise(graph, "likeness", distance, Likenesses(classes)));
        string cover = graph.Add(
            "cover", new AveragePool([Side, Side], [Stride, Stride], [0, 0, 0, 0], [1, 1], CeilMode: false, CountIncludePad: false),
            likeness);
        string scores = graph.Add("scores_relu", new Relu(), Pointwise(graph, "scores", cover, Scores(classes)));

        int rows = graph.Values[scores].Shape[2], columns = graph.Values[scores].Shape[3];
        string list = graph.Add("scores_list", new Reshape(new Shape(1, classes, rows * columns)), scores);
        string boxes = graph.Constant("boxes", Boxes(rows, columns));
        graph.Output(graph.Add("output0", new Concat(1), boxes, list));

        graph.Metadata["task"] = "detect";
        graph.Metadata["names"] = "{" + string.Join(", ", PatternCamera.Colours.Select((colour, id) => $"{id}: '{colour.Name}'")) + "}";
        return graph.Build();
    }

    private static string Pointwise(GraphBuilder graph, string name, string input, (float[,] Weights, float[] Bias) values)
    {
        (int outputs, int inputs) = (values.Weights.GetLength(0), values.Weights.GetLength(1));
        string weights = graph.Constant(
            name + ".weight", Tensor.Of(new Shape(outputs, inputs, 1, 1), values.Weights.Cast<float>().ToArray()));
        string bias = graph.Constant(name + ".bias", Tensor.Of(new Shape(outputs), values.Bias));
        return graph.Add(name, new Conv([1, 1], [0, 0, 0, 0], [1, 1], Groups: 1), input, weights, bias);
    }

    /// <summary>
    /// For each class and each of red, green, blue: how much too bright, and how much too dark; ReLU keeps the one that applies.
    /// </summary>
    private static (float[,], float[]) Distances(int classes)
    {
        (float[,] weights, float[] bias) = (new float[classes * 6, 3], new float[classes * 6]);
        for (int id = 0; id < classes; id++)
        {
            (byte blue, byte green, byte red) = PatternCamera.Colours[id].Bgr;
            ReadOnlySpan<float> colour = [red / 255f, green / 255f, blue / 255f];
            for (int channel = 0; channel < 3; channel++)
            {
                int row = (id * 6) + (channel * 2);
                (weights[row, channel], bias[row]) = (1, -colour[channel]);
                (weights[row + 1, channel], bias[row + 1]) = (-1, colour[channel]);
            }
        }
        return (weights, bias);
    }

    private static (float[,], float[]) Likenesses(int classes)
    {
        (float[,] weights, float[] bias) = (new float[classes, classes * 6], new float[classes]);
        for (int id = 0; id < classes; id++)
        {
            for (int i = 0; i < 6; i++) weights[id, (id * 6) + i] = -Steepness;
            bias[id] = 1;
        }
        return (weights, bias);
    }

    private static (float[,], float[]) Scores(int classes)
    {
        (float[,] weights, float[] bias) = (new float[classes, classes], new float[classes]);
        for (int id = 0; id < classes; id++)
            (weights[id, id], bias[id]) = (1 / (1 - LeastCover), -LeastCover / (1 - LeastCover));
        return (weights, bias);
    }

    /// <summary>Centre and size of each window, in network pixels.</summary>
    private static Tensor Boxes(int rows, int columns)
    {
        int places = rows * columns;
        float[] boxes = new float[4 * places];
        for (int place = 0; place < places; place++)
        {
            boxes[place] = (place % columns * Stride) + (Side / 2f);
            boxes[places + place] = (place / columns * Stride) + (Side / 2f);
            boxes[(2 * places) + place] = boxes[(3 * places) + place] = Side;
        }
        return Tensor.Of(new Shape(1, 4, places), boxes);
    }
}
