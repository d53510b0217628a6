namespace EdgeCnn.Models;

/// <summary>An input or output of a network: its name in the model file, its element type and its shape in ONNX order.</summary>
public sealed record NamedValue(string Name, ElementType Type, Shape Shape)
{
    public static NamedValue Of(Graph graph, string name) => new(name, graph.Values[name].Type, graph.Values[name].Shape);

    public override string ToString() => $"{Name} {Type} {Shape}";
}
