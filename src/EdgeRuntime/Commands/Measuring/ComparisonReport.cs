using System.Globalization;
using EdgeCnn.Models;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>What a comparison of the engine with ONNX Runtime comes to: a judgement, as a document and as a table.</summary>
internal static class ComparisonReport
{
    /// <summary>Rows that people are shown; programs get all.</summary>
    private const int Shown = 20;

    /// <summary>Rounding halves is where two right computations of integers may part.</summary>
    private const double Units = 1;

    /// <param name="path">The model's file.</param>
    /// <param name="comparison">What was measured.</param>
    /// <param name="images">On how many images.</param>
    /// <param name="tolerance">Of own errors, and of the outputs' accumulated ones.</param>
    public static ModelComparison Judge(string path, BackendComparison comparison, int images, double tolerance)
    {
        Graph graph = comparison.Graph;
        Dictionary<string, Operator> operators = graph.Nodes.SelectMany(node => node.Outputs.Select(output => (output, node.Operator)))
            .Where(made => made.output.Length > 0).ToDictionary();
        Dictionary<string, TensorComparison> accumulated = comparison.Accumulated.ToDictionary(tensor => tensor.Name);
        Dictionary<string, TensorComparison> own = comparison.Own.ToDictionary(tensor => tensor.Name);
        string? rounding = graph.Nodes.FirstOrDefault(node => RoundsActivations(graph, node))?.Operator.Name;

        List<(double Excess, TensorDifference Tensor)> tensors = [];
        foreach (string name in own.Keys.Union(accumulated.Keys))
        {
            TensorComparison? alone = own.GetValueOrDefault(name), whole = accumulated.GetValueOrDefault(name);
            bool output = graph.Outputs.Contains(name), counts = graph.Values[name].Type.IsInteger();
            double excess = alone is null ? 0 : counts ? alone.LargestAbsolute / Units : Ratio(alone.LargestRelative, tolerance);
            double ofWhole = output && rounding is null && whole is not null ? Ratio(whole.Relative, tolerance) : 0;
            tensors.Add((Math.Max(excess, ofWhole), new TensorDifference(
                name,
                operators.TryGetValue(name, out Operator? op) ? op.Name : "",
                output,
                excess <= 1 && ofWhole <= 1,
                counts ? null : Finite(alone?.LargestRelative),
                counts ? Finite(alone?.LargestAbsolute) : null,
                Finite(whole?.Relative),
                Finite(whole?.SqnrDecibels),
                Finite(whole?.LargestAbsolute),
                Finite(whole?.LargestRelative))));
        }
        TensorDifference[] sorted =
        [
            .. tensors.OrderByDescending(tensor => tensor.Excess).ThenByDescending(tensor => tensor.Tensor.Accumulated)
                .ThenBy(tensor => tensor.Tensor.Name, StringComparer.Ordinal).Select(tensor => tensor.Tensor),
        ];
        return new ModelComparison(path, images, tolerance, sorted.All(tensor => tensor.Passes), rounding, sorted);
    }

    public static void Print(ModelComparison result, TextWriter output)
    {
        TextTable table = new(">own", ">accumulated", ">SQNR dB", ">largest", "op", "tensor");
        foreach (TensorDifference tensor in result.Tensors.Where((tensor, i) => i < Shown || tensor.Output))
        {
            table.Add(
                tensor.OwnUnits is { } units ? Units(units) : Number(tensor.Own),
                Number(tensor.Accumulated),
                tensor.SqnrDb is { } sqnr ? sqnr.ToString("0.0", CultureInfo.InvariantCulture) : tensor.MaxAbs == 0 ? "equal" : "",
                Number(tensor.MaxAbs),
                tensor.Op,
                $"{tensor.Name}{(tensor.Output ? "  (output)" : "")}{(tensor.Passes ? "" : "  FAILS")}");
        }
        table.Write(output);
        int left = result.Tensors.Skip(Shown).Count(tensor => !tensor.Output);
        if (left > 0)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... and {left} tensors that agree better (--json lists all)"));
        output.WriteLine();
        output.WriteLine(Sentence(result));

        static string Units(double count) => string.Create(CultureInfo.InvariantCulture, $"{count:0} unit{(count == 1 ? "" : "s")}");
    }

    private static string Sentence(ModelComparison result)
    {
        string images = string.Create(CultureInfo.InvariantCulture, $"{result.Images} {(result.Images == 1 ? "image" : "images")}");
        string tolerance = result.Tolerance.ToString(CultureInfo.InvariantCulture);
        int failing = result.Tensors.Count(tensor => !tensor.Passes), all = result.Tensors.Count;
        string outputs = result.Rounding is null ? ", and so do the outputs of the whole" : "";
        string verdict = failing > 0
            ? FormattableString.Invariant($"{failing} of {all} tensors differ by more than {tolerance} (integers: one unit).")
            : $"every node by itself agrees within {tolerance} (integers: one unit){outputs}.";
        string exempt = result.Rounding is null ? ""
            : $"\nThe outputs' accumulated errors are shown, but not judged: {result.Rounding} rounds activations to integers as the model\n"
            + "runs, where a difference in the last bit of a float tips a value to the next step, and the steps add up.";
        return $"{images}: {verdict}{exempt}";
    }

    /// <summary>Whether a node makes integers of values that depend on the image.</summary>
    private static bool RoundsActivations(Graph graph, Node node) => node.Operator switch
    {
        DynamicQuantizeLinear or QLinear or QLinearConv or QLinearMatMul => true,
        QuantizeLinear => !graph.Constants.ContainsKey(node.Inputs[0]),
        _ => false,
    };

    private static double Ratio(double error, double tolerance) => error == 0 ? 0 : error / tolerance;

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static string Number(double? value) => value switch
    {
        null => "-",
        0 => "0",
        _ => value.Value.ToString("0.0e+0", CultureInfo.InvariantCulture),
    };
}
