using System.Collections.Immutable;

namespace EdgeCnn.Models;

/// <summary>Passes that make a graph smaller and keep what it computes: what exporters take apart is put back together.</summary>
internal static class Simplification
{
    /// <summary>Drops what no output needs, gives the outputs their names, and applies all passes.</summary>
    /// <param name="graph">A graph whose outputs are not marked yet.</param>
    /// <param name="outputs">The outputs' names, and the values that they are.</param>
    /// <param name="kept">Values that stay though nothing reads them.</param>
    public static Graph Apply(Graph graph, IReadOnlyList<(string Name, string Value)> outputs, IReadOnlySet<string> kept)
    {
        GraphEditor editor = new(graph, outputs, kept);
        for (int i = 0; i < editor.Count; i++)
        {
            if (editor[i] is not { } node) continue;
            switch (node.Operator)
            {
                case Mul:
                    Multiplied(editor, i, node);
                    break;
                case Div:
                    Hard(editor, i, node);
                    break;
                case Add:
                    Biased(editor, i, node);
                    break;
                case Sum when node.Inputs.Length == 1:
                    editor.Forward(i, node.Inputs[0]);
                    break;
                case Sum when node.Inputs.Length == 2:
                    editor.Replace(i, new Add(), node.Inputs[0], node.Inputs[1]);
                    break;
                case Transpose transpose:
                    Transposed(editor, i, node, transpose);
                    break;
                case Reshape reshape:
                    Reshaped(editor, i, node, reshape);
                    break;
            }
        }
        return editor.Build();
    }

    /// <summary>x * f(x): SiLU, Mish, HardSwish; and GELU, whose last step is a product too.</summary>
    private static void Multiplied(GraphEditor editor, int index, Node node)
    {
        foreach ((string x, string other) in new[] { (node.Inputs[0], node.Inputs[1]), (node.Inputs[1], node.Inputs[0]) })
        {
            if (!editor.Info(x).Shape.Equals(editor.Info(node.Outputs[0]).Shape)) continue;
            Operator? whole = editor.Producer(other) switch
            {
                { Operator: Sigmoid } gate when gate.Inputs[0] == x => new Silu(),
                { Operator: HardSigmoid { Beta: 0.5f } g } gate when gate.Inputs[0] == x && IsNear(g.Alpha, 1 / 6f) => new HardSwish(),
                { Operator: Tanh } gate when Made<Softplus>(editor, gate.Inputs[0])?.Inputs[0] == x => new Mish(),
                _ => null,
            };
            if (whole is not null)
            {
                editor.Replace(index, whole, x);
                return;
            }
        }
        Gelu(editor, index, node);
        if (editor[index] == node) Hard(editor, index, node);
        if (editor[index] == node) Normalized(editor, index, node);
    }

    /// <summary>
    /// clip(x + 3, 0, 6) / 6 is HardSigmoid(1/6, 1/2), whether divided or multiplied by 1/6; x * clip(x + 3, 0, 6) / 6 is HardSwish.
    /// </summary>
    private static void Hard(GraphEditor editor, int index, Node node)
    {
        if (!IsSixth(editor, node, out string value)) return;
        if (Gate(editor, value) is { } x)
        {
            editor.Replace(index, new HardSigmoid(1 / 6f, 0.5f), x);
        }
        else if (editor.Producer(value) is { Operator: Mul } product)
        {
            foreach ((string a, string b) in new[] { (product.Inputs[0], product.Inputs[1]), (product.Inputs[1], product.Inputs[0]) })
            {
                if (Gate(editor, b) != a) continue;
                editor.Replace(index, new HardSwish(), a);
                return;
            }
        }
    }

    /// <summary>x where the value is clip(x + 3, 0, 6).</summary>
    private static string? Gate(GraphEditor editor, string value) =>
        editor.Producer(value) is { Operator: Clip { Min: 0, Max: 6 } } clip && editor.Producer(clip.Inputs[0]) is { Operator: Add } sum
            ? With(editor, sum, 3)
            : null;

    private static bool IsSixth(GraphEditor editor, Node node, out string value)
    {
        string? found = node.Operator is Div ? Scalar(editor, node.Inputs[1]) == 6 ? node.Inputs[0] : null : With(editor, node, 1 / 6f);
        value = found ?? "";
        return found is not null;
    }

    /// <summary>0.5 * x * (1 + erf(x / sqrt 2)), the factors in any order.</summary>
    private static void Gelu(GraphEditor editor, int index, Node node)
    {
        List<string> factors = [];
        Factors(editor, node, factors, 2);
        string? half = factors.FirstOrDefault(factor => Scalar(editor, factor) == 0.5f);
        if (factors.Count != 3 || half is null) return;
        factors.Remove(half);
        for (int i = 0; i < 2; i++)
        {
            string x = factors[i];
            if (editor.Producer(factors[1 - i]) is not { Operator: Add } sum || With(editor, sum, 1) is not { } erf) continue;
            if (editor.Producer(erf) is not { Operator: Erf } error || editor.Producer(error.Inputs[0]) is not { } scaled) continue;
            bool matches = scaled.Operator is Div ? scaled.Inputs[0] == x && IsNear(Scalar(editor, scaled.Inputs[1]), MathF.Sqrt(2))
                : scaled.Operator is Mul && With(editor, scaled, MathF.Sqrt(0.5f)) == x;
            if (!matches || !editor.Info(x).Shape.Equals(editor.Info(node.Outputs[0]).Shape)) continue;
            editor.Replace(index, new Gelu(Tanh: false), x);
            return;
        }
    }

    private static void Factors(GraphEditor editor, Node product, List<string> factors, int depth)
    {
        foreach (string input in product.Inputs)
        {
            if (depth > 0 && Made<Mul>(editor, input) is { } inner && editor.Uses(input) == 1) Factors(editor, inner, factors, depth - 1);
            else factors.Add(input);
        }
    }

    /// <summary>scale * (x - mean) / sqrt(variance + epsilon) over the last axes is LayerNormalization without a bias.</summary>
    private static void Normalized(GraphEditor editor, int index, Node node)
    {
        foreach ((string normal, string scale) in new[] { (node.Inputs[0], node.Inputs[1]), (node.Inputs[1], node.Inputs[0]) })
        {
            if (editor.Constant(scale) is not { Type: ElementType.Float32 } weights) continue;
            if (Made<Div>(editor, normal) is not { } division || Made<Sub>(editor, division.Inputs[0]) is not { } centred) continue;
            if (Made<Sqrt>(editor, division.Inputs[1]) is not { } root) continue;
            string x = centred.Inputs[0], difference = division.Inputs[0];
            if (Made<ReduceMean>(editor, centred.Inputs[1]) is not { Operator: ReduceMean { KeepDims: true } mean } average) continue;
            if (Made<Add>(editor, root.Inputs[0]) is not { } sum || Scalar(editor, sum.Inputs[1]) is not { } epsilon) continue;
            if (Made<ReduceMean>(editor, sum.Inputs[0]) is not { Operator: ReduceMean { KeepDims: true } variance } spread) continue;
            if (average.Inputs[0] != x || !variance.Axes.SequenceEqual(mean.Axes)) continue;
            bool squared = editor.Producer(spread.Inputs[0]) is { } square && square.Inputs[0] == difference && square.Operator switch
            {
                Pow => Scalar(editor, square.Inputs[1]) == 2,
                Mul => square.Inputs[1] == difference,
                _ => false,
            };
            Shape shape = editor.Info(x).Shape;
            bool last = mean.Axes.Length > 0 && mean.Axes.SequenceEqual(Enumerable.Range(shape.Rank - mean.Axes.Length, mean.Axes.Length));
            if (!squared || !last || !weights.Shape.Equals(new Shape(shape.Extents[mean.Axes[0]..]))) continue;
            editor.Replace(index, new LayerNormalization(mean.Axes[0], epsilon), x, scale);
            return;
        }
    }

    /// <summary>A constant that is added to a LayerNormalization without a bias is its bias.</summary>
    private static void Biased(GraphEditor editor, int index, Node node)
    {
        foreach ((string normal, string bias) in new[] { (node.Inputs[0], node.Inputs[1]), (node.Inputs[1], node.Inputs[0]) })
        {
            if (Made<LayerNormalization>(editor, normal) is not { Inputs.Length: 2 } layer || editor.Uses(normal) != 1) continue;
            if (editor.Constant(bias) is not { } addend || !addend.Shape.Equals(editor.Info(layer.Inputs[1]).Shape)) continue;
            editor.Replace(index, layer.Operator, layer.Inputs[0], layer.Inputs[1], bias);
            return;
        }
    }

    /// <summary>Two permutations after each other are one, or none.</summary>
    private static void Transposed(GraphEditor editor, int index, Node node, Transpose outer)
    {
        string x = node.Inputs[0];
        ImmutableArray<int> permutation = outer.Permutation;
        if (editor.Producer(x) is { Operator: Transpose inner } before)
        {
            permutation = [.. permutation.Select(axis => inner.Permutation[axis])];
            x = before.Inputs[0];
        }
        if (permutation.SequenceEqual(permutation.Order())) editor.Forward(index, x);
        else if (x != node.Inputs[0]) editor.Replace(index, new Transpose(permutation), x);
    }

    /// <summary>Of two reshapes after each other only the last counts; one that changes nothing counts for nothing.</summary>
    private static void Reshaped(GraphEditor editor, int index, Node node, Reshape reshape)
    {
        string x = editor.Producer(node.Inputs[0]) is { Operator: Reshape } before ? before.Inputs[0] : node.Inputs[0];
        if (editor.Info(x).Shape.Equals(reshape.Target)) editor.Forward(index, x);
        else if (x != node.Inputs[0]) editor.Replace(index, reshape, x);
    }

    /// <summary>The other input of a sum or product with a constant number.</summary>
    private static string? With(GraphEditor editor, Node node, float number) =>
        IsNear(Scalar(editor, node.Inputs[1]), number) ? node.Inputs[0]
        : IsNear(Scalar(editor, node.Inputs[0]), number) ? node.Inputs[1]
        : null;

    /// <summary>The node that makes a value, if its operator is a <typeparamref name="T"/>.</summary>
    private static Node? Made<T>(GraphEditor editor, string value) where T : Operator =>
        editor.Producer(value) is { Operator: T } node ? node : null;

    private static float? Scalar(GraphEditor editor, string value) =>
        editor.Constant(value) is { Shape.Count: 1, Type: ElementType.Float32 } constant ? constant.As<float>()[0] : null;

    /// <summary>Exporters round constants in many ways.</summary>
    private static bool IsNear(float? value, float wanted) => value is { } known && MathF.Abs(known - wanted) <= 1e-6f * MathF.Abs(wanted);
}
