using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>edgecnn zoo: the classic networks in figures, and as ONNX files.</summary>
internal static class ZooCommand
{
    private const int Unset = 0;

    public static Command Create()
    {
        Argument<string?> name = new("NAME")
        {
            Description = "A network of the zoo; none lists them all.",
            Arity = ArgumentArity.ZeroOrOne,
            Validators = { WrongUsage.RefuseOptions },
        };
        Option<int> classes = Settings.Number("--classes", "Classes that it tells apart; 0 takes the paper's.", Unset, 1_000_000, Unset);
        Option<ImageSize?> size = Settings.ImageSize("Of its images in pixels; the paper's unless given.");
        Option<int> seed = Settings.Number("--seed", "Of the initial weights; equal seeds give equal files.", 0, int.MaxValue, 1);
        Option<bool> auxiliary = new("--auxiliary") { Description = "With the classifiers that only help training (Inception)." };
        Option<string?> export = new("--export", "-o") { Description = "Write it as ONNX, with initial weights.", HelpName = "model.onnx" };
        Option<bool> json = Settings.Json("one JSON document");
        DocumentedCommand command = new(
            "zoo",
            "Show the classic networks layer by layer, and write them as ONNX.",
            "edgecnn zoo # all of them, with parameters, multiply-adds and paper",
            "edgecnn zoo vgg16 # layer by layer: output, parameters, multiply-adds, receptive field",
            "edgecnn zoo mobilenet_v2 --classes 5 --export mine.onnx # with initial weights")
        {
            name, classes, size, seed, auxiliary, export, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is not { } wanted)
            {
                Option[] ofOne = [classes, size, seed, auxiliary, export];
                if (ofOne.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } idle)
                    throw new SettingsException($"{idle.Name} needs the name of a network; 'edgecnn zoo' lists them.");
                List(parsed.GetValue(json));
                return 0;
            }
            string? path = parsed.GetValue(export);
            if (path is "") throw new SettingsException("--export is empty; give the file to write.");
            // Only what is written needs weights.
            Graph graph = Zoo.Build(
                wanted,
                parsed.GetValue(classes) is var number && number == Unset ? null : number,
                path is null ? null : parsed.GetValue(seed),
                parsed.GetValue(size),
                parsed.GetValue(auxiliary));
            if (path is not null) OnnxModel.Write(graph, path);
            Show(wanted, graph, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    private static void List(bool json)
    {
        (ZooNetwork Network, GraphSummary Figures)[] networks =
            [.. Zoo.Networks.Select(network => (network, GraphSummary.Of(network.Build(seed: null))))];
        if (json)
        {
            ZooEntry[] entries = [.. networks.Select(entry => new ZooEntry(
                entry.Network.Name,
                entry.Figures.Parameters,
                entry.Figures.MultiplyAdds,
                [1, entry.Network.Channels, entry.Network.Size.Height, entry.Network.Size.Width],
                entry.Network.Classes,
                entry.Network.Paper))];
            Console.Out.WriteLine(JsonSerializer.Serialize(entries, Documents.Json.ZooEntryArray));
            return;
        }
        TextTable table = new("name", ">parameters", ">MMAC", "image", ">classes", "paper");
        foreach ((ZooNetwork network, GraphSummary figures) in networks)
        {
            table.Add(
                network.Name,
                LayerTable.Count(figures.Parameters),
                LayerTable.Millions(figures.MultiplyAdds),
                new Shape(network.Channels, network.Size.Height, network.Size.Width).ToString(),
                LayerTable.Count(network.Classes),
                network.Paper);
        }
        table.Write(Console.Out);
    }

    private static void Show(string name, Graph graph, bool json)
    {
        GraphSummary summary = GraphSummary.Of(graph);
        if (json)
        {
            ZooDescription description = new(name, summary.Parameters, summary.MultiplyAdds, ModelLayer.Of(summary));
            Console.Out.WriteLine(JsonSerializer.Serialize(description, Documents.Json.ZooDescription));
            return;
        }
        Console.Out.WriteLine($"{name}: {Zoo.Find(name).Paper}");
        Console.Out.WriteLine($"input   {graph.Inputs[0]}  {graph.Values[graph.Inputs[0]].Shape}");
        Console.Out.WriteLine();
        LayerTable.Write(summary, Console.Out);
        if (graph.Nodes.FirstOrDefault(node => node.Operator is Conv) is not { } first) return;
        Console.Out.WriteLine();
        LayerSummary convolution = summary.Layers.First(layer => layer.Name == first.Name);
        Console.Out.WriteLine(WhyOneConvolves(graph.Values[first.Inputs[0]].Shape, convolution));
    }

    private static string WhyOneConvolves(Shape image, LayerSummary convolution)
    {
        Shape output = convolution.OutputShape;
        // 2^28 elements at most on either side: the product fits.
        long dense = image.Count * output.Count + output.Count;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Fully connected, the first layer would need {image.Count:N0} x {output.Count:N0} + {output.Count:N0} = {dense:N0} parameters
            for the same output, {dense / convolution.Parameters:N0} times the {convolution.Parameters:N0} of {convolution.Name},
            and a multiply-add for each;
            one convolves because a feature is small, may be anywhere, and looks the same everywhere.
            """);
    }
}
