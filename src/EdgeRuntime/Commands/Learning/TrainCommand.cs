using System.CommandLine;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>edgecnn train: a network of the zoo, or any ONNX file, learns from labelled pictures.</summary>
internal static class TrainCommand
{
    private const int Epochs = 20;

    private const double AdamRate = 1e-3;

    public static Command Create()
    {
        Option<string> model = Settings.Model();
        model.Description = "The network: a name of the zoo (learns from scratch), or an ONNX file (learns on).";
        model.HelpName = "name|model.onnx";
        Option<ImageSize?> size = Settings.ImageSize("Of the network's pictures; for networks of the zoo.");
        TrainingSettings settings = new(Epochs, AdamRate);
        DocumentedCommand command = new(
            "train",
            "Teach a network what labelled pictures show, and write it as ONNX.",
            "edgecnn train --model lenet5 --data mnist/ --out lenet5.onnx --int8 # digits",
            "edgecnn train --model resnet20 --data photos/ --epochs 50 --val 0.1 # photos/ has a folder for each class",
            "edgecnn train --model yolo_arena --data arena/data.yaml --size 320x256 # a detector, from YOLO's annotations",
            "edgecnn train --model yolo_arena --data synthetic:20000 --epochs 30 # a detector, from scenes that the program draws",
            "edgecnn train --model lenet5 --data mnist/ --preview sheet.png # only look at the augmented pictures",
            "edgecnn train --model lenet5 --data mnist/ --resume lenet5.checkpoint # go on after Ctrl-C")
        {
            model, size,
        };
        command.Details =
            "After each epoch the network is judged on pictures that it does not learn from, and written if it is the best so far. A run that is\n"
            + "stopped is saved beside it (.checkpoint) and goes on to the same bits with --resume.";
        settings.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            string wanted = parsed.GetRequiredValue(model);
            int seed = settings.Seed(parsed);
            bool ofTheZoo = Zoo.Names.Contains(wanted);
            if (!ofTheZoo && parsed.GetResult(size) is { Implicit: false })
                throw new SettingsException("--size is for networks of the zoo; an ONNX file has its own.");
            if (!ofTheZoo && !File.Exists(wanted))
                throw new ModelException($"'{wanted}' is neither a network of the zoo ('edgecnn zoo' lists them) nor a file.");
            TrainRun run = settings.Run(
                parsed,
                ofTheZoo ? wanted : $"{Path.GetFileNameWithoutExtension(wanted)}.trained",
                pictures => ofTheZoo
                    ? FromScratch(Zoo.Build(wanted, pictures.Training.Labels.Count, seed, parsed.GetValue(size), auxiliary: true))
                    : new Learner(OnnxModel.Read(wanted), ModelCard.Beside(wanted)));
            return Task.FromResult((run with { SceneSize = parsed.GetValue(size) }).Execute(cancellation));
        });
        return command;
    }

    private static Learner FromScratch(Graph graph)
    {
        // What no digit covers is black, as the rest of its picture is.
        ModelCard? card = graph.Values[graph.Inputs[0]].Shape[1] == 1
            ? new ModelCard { Preprocessing = new PreprocessingCard { Fill = 0 } }
            : null;
        // Auxiliary outputs of classifiers and segmenters help to learn, and no more; a detector's are all needed.
        bool detects = ModelCard.Of(graph.Metadata)?.Task == "detect";
        return new Learner(graph, card) { Finish = learned => detects ? learned : Excerpt.For(learned, learned.Outputs[0]) };
    }
}
