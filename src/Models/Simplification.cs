namespace EdgeCnn.Models;

/// <summary>Passes that make a graph smaller and keep what it computes: activations that exporters take apart are put back together.</summary>
internal static class Simplification
{
    /// <summary>Drops what no output needs, gives the outputs their names, and composes activations.</summary>
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
                case Div or Clip:
                    Hard(editor, i, node);
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
                { Operator: HardSigmoid { Alpha: var alpha, Beta: 0.5f } } gate when gate.Inputs[0] == x && IsNear(alpha, 1 / 6f) => new HardSwish(),
                { Operator: Tanh } gate when editor.Producer(gate.Inputs[0]) is { Operator: Softplus } soft && soft.Inputs[0] == x => new Mish(),
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
    }

    /// <summary>
    /// clip(x + 3, 0, 6) / 6 is HardSigmoid(1/6, 1/2), whether divided or multiplied by 1/6; x * clip(x + 3, 0, 6) / 6 is HardSwish.
    /// </summary>
    private static void Hard(GraphEditor editor, int index, Node node)
    {
        if (node.Operator is Clip || !IsSixth(editor, node, out string value)) return;
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
            if (depth > 0 && editor.Producer(input) is { Operator: Mul } inner && editor.Uses(input) == 1) Factors(editor, inner, factors, depth - 1);
            else factors.Add(input);
        }
    }

    /// <summary>The other input of a sum or product with a constant number.</summary>
    private static string? With(GraphEditor editor, Node node, float number) =>
        IsNear(Scalar(editor, node.Inputs[1]), number) ? node.Inputs[0] : IsNear(Scalar(editor, node.Inputs[0]), number) ? node.Inputs[1] : null;

    private static float? Scalar(GraphEditor editor, string value) =>
        editor.Constant(value) is { Shape.Count: 1, Type: ElementType.Float32 } constant ? constant.As<float>()[0] : null;

    /// <summary>Exporters round constants in many ways.</summary>
    private static bool IsNear(float? value, float wanted) => value is { } known && MathF.Abs(known - wanted) <= 1e-6f * MathF.Abs(wanted);
}
