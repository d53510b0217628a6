using System.CommandLine;
using System.Globalization;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Losses;
using EdgeCnn.Training.Transfer;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>edgecnn finetune: a network that has learned something learns something else from few pictures.</summary>
internal static class FinetuneCommand
{
    private const int Epochs = 20, Views = 4;

    private const double AdamRate = 5e-4;

    private const string Head = "head", Nothing = "none";

    public static Command Create()
    {
        Option<string> model = Settings.Model();
        model.Description = "The trained network, an ONNX file; where the data have other classes, it gets a new head.";
        Option<string?> freeze = new("--freeze")
        {
            Description = "What stays as it is: all but the head, the first N layers, or nothing (default: classifiers learn their head, others all).",
            HelpName = $"{Head}|N|{Nothing}",
        };
        Option<int> views = Settings.Number(
            "--views",
            "Of each picture so many augmented views; what frozen layers make of them is computed once. 0: as many as epochs, computed anew.",
            0, 1000, Views);
        TrainingSettings settings = new(Epochs, AdamRate);
        DocumentedCommand command = new(
            "finetune",
            "Teach a trained network new classes from few pictures, on the robot itself if need be.",
            "edgecnn finetune --model resnet18.onnx --data parts/ # a folder for each class; only the new head learns",
            "edgecnn finetune --model models/arena.onnx --data duck/data.yaml --int8 # a detector learns one more object",
            "edgecnn finetune --model yolo.onnx --data mine/data.yaml --freeze 12 --epochs 40 # the first 12 layers stay")
        {
            model, freeze, views,
        };
        command.Details =
            "Classes that the network knows by name keep what it has learned of them; new ones begin with an untrained layer. While layers are\n"
            + "frozen, what they make of a picture is computed once and kept in memory, as long as that takes less than a gigabyte.";
        settings.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(model);
            Freezing? freezing = parsed.GetValue(freeze) is { } word ? Freezing.Parse(word) : null;
            int seed = settings.Seed(parsed);
            TrainRun run = settings.Run(
                parsed,
                $"{Path.GetFileNameWithoutExtension(path)}.tuned",
                pictures => Learner(path, pictures.Training.Labels, freezing, seed) with { Views = parsed.GetValue(views) });
            return Task.FromResult(run.Execute(cancellation));
        });
        return command;
    }

    private static Learner Learner(string path, IReadOnlyList<string> labels, Freezing? freezing, int seed)
    {
        Graph graph = OnnxModel.Read(path);
        ModelTask task = Resolve(graph, ModelCard.Beside(path));
        DecodedHead? decoded = DecodedHead.Of(graph, task);
        if (decoded is not null) (graph, task) = (decoded.Raw, Resolve(decoded.Raw, card: null));
        // Whether it can learn at all is said before how its head could be replaced.
        _ = Losses.For(task);
        Graph changed = NewHead.Of(graph, task, labels, seed);
        freezing ??= new Freezing(task.Kind == TaskKind.Classify ? null : 0);
        Learner learner = new(changed, Learns: freezing.Learns(changed));
        return decoded is null ? learner : learner with { Finish = decoded.Join, Head = decoded.Head };
    }

    private static ModelTask Resolve(Graph graph, ModelCard? card)
    {
        return ModelTask.Resolve([.. graph.Inputs.Select(Describe)], [.. graph.Outputs.Select(Describe)], graph.Metadata, card);

        NamedValue Describe(string name) => new(name, graph.Values[name].Type, graph.Values[name].Shape);
    }

    /// <summary>What stays as it is.</summary>
    /// <param name="Layers">The first so many layers with weights; null: all but the head.</param>
    private sealed record Freezing(int? Layers)
    {
        public static Freezing Parse(string word) => word switch
        {
            Head => new Freezing(Layers: null),
            Nothing => new Freezing(0),
            _ => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int layers)
                ? new Freezing(layers)
                : throw new SettingsException(
                    $"--freeze is '{word}'; give '{Head}', '{Nothing}' or how many of the first layers stay as they are."),
        };

        /// <summary>Which constants learn; null: all.</summary>
        public Func<string, bool>? Learns(Graph graph)
        {
            if (Layers == 0) return null;
            if (Layers is null) return NewHead.Constants(graph).Contains;
            Node[] weighted =
                [.. graph.Nodes.Where(node => node.Operator is Convolution or Gemm or MatMul && node.Inputs.Any(graph.Constants.ContainsKey))];
            if (Layers >= weighted.Length)
                throw new SettingsException(
                    $"--freeze {Layers} leaves nothing that learns: the network has {weighted.Length} layers with weights.");
            HashSet<string> frozen = [.. graph.Nodes.TakeWhile(node => node != weighted[Layers.Value]).SelectMany(node => node.Inputs)];
            return name => !frozen.Contains(name);
        }
    }
}
