namespace EdgeCnn.Models.Onnx;

/// <summary>
/// The nodes of a file's graph that its outputs need, in an order in which they can run; the file's own where that is one.
/// </summary>
internal sealed class NodeOrder
{
    public required IReadOnlyList<NodeProto> Nodes { get; init; }

    /// <summary>Every value that is read or is an output.</summary>
    public required IReadOnlySet<string> Needed { get; init; }

    /// <param name="graph">The graph, or a branch of an If.</param>
    /// <param name="outputs">The values that are wanted.</param>
    /// <param name="exists">Whether a value is there already: inputs, and for a branch all of what is around it.</param>
    /// <exception cref="ModelException">A value is made twice or by nothing, or nodes wait for each other in a circle.</exception>
    public static NodeOrder Of(GraphProto graph, IReadOnlyCollection<string> outputs, Func<string, bool> exists)
    {
        HashSet<string> known = [];
        foreach (string name in Initialised(graph))
        {
            if (exists(name) || !known.Add(name)) throw new ModelException($"The value '{name}' is defined twice.");
        }
        Dictionary<string, int> producers = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            foreach (string output in graph.Node[i].Output.Where(output => output.Length > 0))
            {
                if (exists(output) || known.Contains(output) || !producers.TryAdd(output, i))
                    throw new ModelException($"The value '{output}' is defined twice.");
            }
        }

        HashSet<string> needed = [];
        Queue<string> open = new(outputs);
        string[]?[] reads = new string[]?[graph.Node.Count];
        while (open.TryDequeue(out string? value))
        {
            if (!needed.Add(value)) continue;
            if (!producers.TryGetValue(value, out int producer))
            {
                if (known.Contains(value) || exists(value)) continue;
                throw new ModelException(outputs.Contains(value)
                    ? $"The graph's output '{value}' is made by no node."
                    : $"The value '{value}' is read, but nothing makes it; the file is damaged.");
            }
            if (reads[producer] is not null) continue;
            reads[producer] = [.. Reads(graph.Node[producer]).Where(name => name.Length > 0).Distinct()];
            foreach (string read in reads[producer]!) open.Enqueue(read);
        }
        return new NodeOrder { Nodes = Sort(graph, producers, reads), Needed = needed };
    }

    /// <summary>Names of the constants that a graph brings with it.</summary>
    public static IEnumerable<string> Initialised(GraphProto graph) =>
        graph.Initializer.Select(tensor => tensor.Name).Concat(graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? ""));

    /// <summary>Kahn's algorithm; of the nodes that are ready, the first in the file comes first.</summary>
    private static List<NodeProto> Sort(GraphProto graph, Dictionary<string, int> producers, string[]?[] reads)
    {
        int[] waiting = new int[reads.Length];
        List<int>[] readers = new List<int>[reads.Length];
        PriorityQueue<int, int> ready = new();
        int live = 0;
        for (int i = 0; i < reads.Length; i++)
        {
            if (reads[i] is not { } inputs) continue;
            live++;
            foreach (string input in inputs)
            {
                if (!producers.TryGetValue(input, out int producer)) continue;
                (readers[producer] ??= []).Add(i);
                waiting[i]++;
            }
            if (waiting[i] == 0) ready.Enqueue(i, i);
        }
        List<NodeProto> sorted = [];
        while (ready.TryDequeue(out int i, out _))
        {
            sorted.Add(graph.Node[i]);
            foreach (int reader in readers[i] ?? [])
            {
                if (--waiting[reader] == 0) ready.Enqueue(reader, reader);
            }
        }
        if (sorted.Count == live) return sorted;
        NodeProto node = graph.Node[Array.FindIndex(waiting, count => count > 0)];
        throw new ModelException($"The nodes wait for each other in a circle, at {node.OpType} '{node.Name}'; the file is damaged.");
    }

    /// <summary>What a node reads, with what the branches inside it read from around them.</summary>
    private static IEnumerable<string> Reads(NodeProto node)
    {
        // The reader of messages already refuses files that are nested without end.
        IEnumerable<string> reads = node.Input;
        foreach (GraphProto branch in node.Attribute.Select(attribute => attribute.G).OfType<GraphProto>())
        {
            HashSet<string> own = [.. branch.Input.Select(input => input.Name), .. Initialised(branch),
                .. branch.Node.SelectMany(inner => inner.Output)];
            reads = reads.Concat(branch.Node.SelectMany(inner => Reads(inner)).Concat(branch.Output.Select(output => output.Name))
                .Where(name => !own.Contains(name)));
        }
        return reads;
    }
}
