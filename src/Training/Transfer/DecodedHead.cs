using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Transfer;

/// <summary>
/// A detector whose file does more than its last layers tell: it decodes boxes (YOLOv8 and v11, one table of centres, sizes and
/// probabilities) or makes probabilities of scores (YOLOX). What learns is the network up to the raw values; what is written is the whole
/// again.
/// </summary>
public sealed class DecodedHead
{
    private readonly Graph _whole;

    private DecodedHead(Graph whole, Graph raw, HeadCard head) => (_whole, Raw, Head) = (whole, raw, head);

    /// <summary>The network up to its raw values; its model card says how they lie.</summary>
    public Graph Raw { get; }

    /// <summary>How the outputs of the whole lie.</summary>
    public HeadCard Head { get; }

    /// <summary>Takes a detector apart; null where its outputs are raw already, or nobody knows what they are made of.</summary>
    public static DecodedHead? Of(Graph graph, ModelTask task)
    {
        if (task is not { Kind: TaskKind.Detect, Decoder: LevelDecoder decoder }) return null;
        (Graph Raw, HeadCard Head)? cut = task.Layout switch
        {
            HeadLayout.Columns => Distances(graph, decoder.Classes),
            HeadLayout.Grid when task.Head!.Scores == Activation.None => Logits(graph),
            _ => null,
        };
        return cut is ({ } raw, { } head)
            ? new DecodedHead(graph, NewHead.Card(task, task.Labels, head).In(raw), HeadCard.Of(task.Head!))
            : null;
    }

    /// <summary>The whole network with what the raw one has learned, for its classes.</summary>
    public Graph Join(Graph learned) => Refit.Of(_whole, learned.Constants, node => node.Operator);

    /// <summary>
    /// YOLOv8's: for each cell four distributions of distances and logits of the classes, joined over the strides before they are decoded.
    /// </summary>
    private static (Graph, HeadCard)? Distances(Graph graph, int classes)
    {
        Shape table = graph.Values[graph.Outputs[0]].Shape;
        int cells = (int)(table.Count / (4 + classes));
        foreach (Node node in graph.Nodes.Reverse().Where(node => node.Operator is Concat { Axis: 2 }))
        {
            Shape shape = graph.Values[node.Outputs[0]].Shape;
            int bins = (shape[1] - classes) / 4;
            if (shape.Rank != 3 || shape[2] != cells || bins < 2 || (4 * bins) + classes != shape[1]) continue;
            HeadCard head = new()
            {
                Layout = HeadLayout.Distribution,
                Boxes = BoxCoding.Distribution,
                Scores = Activation.Sigmoid,
                Bins = bins,
            };
            return (Excerpt.For(graph, node.Outputs[0]), head);
        }
        return null;
    }

    /// <summary>YOLOX's: objectness and classes went through a sigmoid just before they were joined.</summary>
    private static (Graph, HeadCard)? Logits(Graph graph)
    {
        HashSet<Node> last = [];
        Stack<string> values = new([graph.Outputs[0]]);
        while (values.TryPop(out string? value))
        {
            Node? node = graph.Nodes.FirstOrDefault(node => node.Outputs.Contains(value));
            if (node?.Operator is Sigmoid) last.Add(node);
            else if (node?.Operator is Concat or Reshape or Transpose or Identity)
            {
                foreach (string input in node.Inputs) values.Push(input);
            }
        }
        if (last.Count == 0) return null;
        HeadCard head = new() { Layout = HeadLayout.Grid, Boxes = BoxCoding.CellExponential, Scores = Activation.Sigmoid };
        return (Refit.Of(graph, graph.Constants, node => last.Contains(node) ? new Identity() : node.Operator), head);
    }
}
