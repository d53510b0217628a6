using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>edgecnn inspect: what a model file holds, and what of it the engine cannot run.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> model = Settings.ModelArgument();
        OpenExtents open = new();
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "inspect",
            "Show what a model holds: inputs, outputs, layers, parameters, multiply-adds, and every operator that is missing.",
            "edgecnn inspect yolox_nano.onnx # a table of the layers",
            "edgecnn inspect detector.onnx --size 640x480 # a model that leaves the size of its pictures open",
            "edgecnn inspect resnet50.onnx --json | jq .unsupported # for programs")
        {
            model, json,
        };
        open.AddTo(command);
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), open.From(parsed), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, OnnxReadOptions open, bool json)
    {
        OnnxInspection inspection = OnnxModel.Inspect(path, open);
        Complaints.Note(inspection.Assumptions);
        GraphSummary summary = GraphSummary.Of(inspection.Graph);
        ModelDescription description = Describe(path, inspection, summary);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(description, Documents.Json.ModelDescription));
        else Print(description, summary, inspection.Unsupported, Console.Out);
        return 0;
    }

    private static ModelDescription Describe(string path, OnnxInspection inspection, GraphSummary summary)
    {
        Graph graph = inspection.Graph;
        return new ModelDescription(
            path,
            graph.Opset,
            [.. graph.Inputs.Select(name => Value(graph, name))],
            [.. graph.Outputs.Select(name => Value(graph, name))],
            summary.Parameters,
            summary.MultiplyAdds,
            ModelLayer.Of(summary),
            [.. inspection.Unsupported.Select(missing => new MissingOperator(missing.Op, missing.Node))]);
    }

    private static ModelValue Value(Graph graph, string name)
    {
        ValueInfo info = graph.Values[name];
        return new ModelValue(name, info.Type.ToString().ToLowerInvariant(), info.Shape);
    }

    private static void Print(
        ModelDescription model, GraphSummary summary, IReadOnlyList<UnsupportedOperator> unsupported, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model.Model}: ONNX operator set {model.Opset}"));
        foreach (ModelValue input in model.Inputs) output.WriteLine($"input   {input.Name}  {input.Type} {string.Join('x', input.Shape)}");
        foreach (ModelValue result in model.Outputs)
            output.WriteLine($"output  {result.Name}  {result.Type} {string.Join('x', result.Shape)}");
        output.WriteLine();

        LayerTable.Write(summary, output);

        output.WriteLine();
        if (unsupported.Count == 0) output.WriteLine("The engine knows every operator of this model.");
        else
        {
            output.WriteLine("What the engine cannot run (layers that depend on it are not listed above):");
            foreach (UnsupportedOperator missing in unsupported) output.WriteLine($"  {missing}");
        }
    }
}
