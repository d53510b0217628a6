using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Commands.Quantizing;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Quantization;
using EdgeCnn.Training;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Checkpoints;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using EdgeCnn.Training.Optimisers;
using EdgeCnn.Training.Running;
using EdgeCnn.Training.Transfer;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>Trains one network on one data set, and writes it.</summary>
internal sealed record TrainRun
{
    private const int PreviewPictures = 24, CalibrationPictures = 256;

    /// <summary>What the features of frozen layers may take.</summary>
    private const long MostFeatureBytes = 1L << 30;

    public required string Name { get; init; }

    public required Func<TrainingPictures, Learner> Learner { get; init; }

    public required string Data { get; init; }

    /// <summary>Other data, or a share of these; null: as the data say.</summary>
    public required string? Validation { get; init; }

    /// <summary>Of pictures that are drawn to learn from; null: what is usual.</summary>
    public ImageSize? SceneSize { get; init; }

    public required int Epochs { get; init; }

    public required int Batch { get; init; }

    public required OptimiserOptions Optimiser { get; init; }

    public required double Rate { get; init; }

    public required ScheduleKind Schedule { get; init; }

    /// <summary>Epochs over which the rate rises.</summary>
    public required double WarmUp { get; init; }

    public required double AverageDecay { get; init; }

    /// <summary>What classes count in a detector's loss; null: as published.</summary>
    public double? ClassWeight { get; init; }

    /// <summary>Null: what suits the data.</summary>
    public required Augmentation? Augmentation { get; init; }

    public required int Patience { get; init; }

    public required ulong Seed { get; init; }

    public required int Threads { get; init; }

    /// <summary>The ONNX file; checkpoint, curves and 8-bit network lie beside it.</summary>
    public required string Output { get; init; }

    public required string? Resume { get; init; }

    public required string? Preview { get; init; }

    /// <summary>Whether it learns as it will compute in 8 bits.</summary>
    public bool QuantizationAware { get; init; }

    public required bool Int8 { get; init; }

    public required bool Json { get; init; }

    /// <summary>What decides the result, by name: a run that goes on must have the same.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>As it can be typed again, without --resume.</summary>
    public required string CommandLine { get; init; }

    /// <returns>The exit code.</returns>
    public int Execute(CancellationToken cancellation)
    {
        Complaints complaints = new();
        TrainingFiles files = new(Output, complaints.Add);
        RequirePlaces(files);
        TrainingPictures pictures = TrainingPictures.Open(Data, Validation, Seed, SceneSize);
        Complaints.Note(pictures.Remarks);
        Learner learner = Learner(pictures);
        ModelTask task = learner.Task(pictures.Training);
        Augmentation augmentation = Augmentation ?? Suitable(task, pictures);
        FrozenTrunk? trunk = Trunk(learner, augmentation, pictures.Training.Count, out int views);
        Batches batches = new(
            pictures.Training, augmentation, task.Preprocessing, learner.Input, Batch, Seed)
        { Shuffles = trunk is null };
        if (Preview is not null)
        {
            WritePreview(batches, pictures.Training.Labels, Preview);
            return 0;
        }
        ModelCard card = learner.WrittenCard(task, pictures.Training, $"Trained by EdgeCnn: {CommandLine}");
        Validation validation = new(pictures.Validation, card, Threads);
        using FeatureBatches? features = trunk is null
            ? null
            : new FeatureBatches(trunk, batches, pictures.Training.Count, views, Seed, Threads);
        if (trunk is not null)
        {
            // What learns is the rest of the network; what is judged and written is the whole.
            Learner whole = learner;
            learner = learner with { Graph = trunk.Rest, Finish = rest => whole.Finish(trunk.Join(rest)) };
        }
        EpochResult best = Train(learner, task, card, features is null ? batches : features, validation, files, cancellation);
        foreach (string reason in batches.Skipped.Values.Order(StringComparer.Ordinal)) complaints.Add($"Not learned from: {reason}");
        Say(files.Network, best, pictures);
        return Int8 ? Math.Max(Quantize(files, best, validation, pictures, task, cancellation), complaints.ExitCode) : complaints.ExitCode;
    }

    private EpochResult Train(
        Learner learner,
        ModelTask task,
        ModelCard card,
        IBatches batches,
        Validation validation,
        TrainingFiles files,
        CancellationToken cancellation)
    {
        using TrainingNetwork network = TrainingNetwork.Plan(learner.Graph, new TrainingOptions(Batch, Threads)
        {
            Learns = learner.Learns,
            Seed = Seed,
            FakeQuantization = QuantizationAware ? new FakeQuantization() : null,
        });
        using TrainingProgress progress = new();
        Trainer trainer = null!;
        trainer = new Trainer(network, Losses.For(task, ClassWeight), batches, Options(batches.Count, files.Checkpoint))
        {
            Validate = graph => validation.Of(learner.Finish(graph), cancellation),
            Stepped = progress.Report,
            Improved = graph => files.WriteNetwork(card.In(learner.Finish(graph))),
            EpochEnded = epoch =>
            {
                progress.Clear();
                Show(epoch);
                files.WriteCurve($"{Name} on {Path.GetFileName(Path.TrimEndingDirectorySeparator(Data))}", trainer.History);
            },
            Complain = files.CheckpointFailed,
        };
        if (Resume is not null) trainer.Resume(Checkpoint.Read(Resume));
        try
        {
            trainer.Run(cancellation);
        }
        catch (OperationCanceledException)
        {
            progress.Clear();
            Console.Error.WriteLine(
                $"edgecnn: stopped, and saved in '{files.Checkpoint}'; go on with: {CommandLine} --resume {files.Checkpoint}");
            throw;
        }
        files.Finish();
        return trainer.Best!;
    }

    private TrainerOptions Options(int stepsPerEpoch, string checkpoint) => new()
    {
        Epochs = Epochs,
        Schedule = new Schedule
        {
            Kind = Schedule,
            Rate = Rate,
            WarmUp = (long)Math.Round(WarmUp * stepsPerEpoch),
            Total = (long)Epochs * stepsPerEpoch,
        },
        Optimiser = Optimiser,
        AverageDecay = AverageDecay,
        Patience = Patience,
        CheckpointPath = checkpoint,
        Settings = Settings,
    };

    /// <summary>The part of the network whose results are kept; null where there is none, or they are too large.</summary>
    private static FrozenTrunk? Trunk(Learner learner, Augmentation augmentation, int pictures, out int views)
    {
        views = augmentation == Augmentation.None ? 1 : learner.Views;
        if (learner.Learns is null || views == 0 || FrozenTrunk.Of(learner.Graph, learner.Learns) is not { } trunk) return null;
        return FeatureBatches.Bytes(trunk, pictures, views) <= MostFeatureBytes ? trunk : null;
    }

    /// <summary>What cannot be written, or would be lost, is better said before the work than after it.</summary>
    private void RequirePlaces(TrainingFiles files)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(Preview ?? Output))!;
        if (!Directory.Exists(folder)) throw new EdgeException($"'{Preview ?? Output}' cannot be written: there is no folder '{folder}'.");
        if (Preview is null && Resume is null && File.Exists(files.Checkpoint))
        {
            throw new EdgeException(
                $"'{files.Checkpoint}' is there of a run that was stopped; go on with it by --resume {files.Checkpoint}, or remove it to begin anew.");
        }
    }

    /// <summary>Digits are turned and moved, but not mirrored; photographs are.</summary>
    private static Augmentation Suitable(ModelTask task, TrainingPictures pictures) =>
        task.Kind is TaskKind.Detect or TaskKind.Segment ? pictures.AreDrawn ? Augmentation.Scenes : Augmentation.Detect
        : task.Preprocessing.Channels == ChannelOrder.Grey ? Augmentation.Digits
        : Augmentation.Classify;

    private static void WritePreview(Batches batches, IReadOnlyList<string> labels, string path)
    {
        List<Example> examples = [];
        foreach (Batch batch in batches.Epoch(0))
        {
            // The next batch is drawn over this one.
            foreach (Example example in batch.Examples[..Math.Min(batch.Fresh, PreviewPictures - examples.Count)])
                examples.Add(example with { Picture = example.Picture.Copy() });
            if (examples.Count == PreviewPictures) break;
        }
        using Frame sheet = ExampleSheet.Draw(examples, labels);
        ImageFile.Write(path, sheet);
        Console.Error.WriteLine($"edgecnn: {examples.Count} pictures as the network would see them are in '{path}'.");
    }

    private void Show(EpochResult epoch)
    {
        if (Json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(epoch, Documents.Json.EpochResult));
            return;
        }
        string parts = string.Concat(
            epoch.Parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"  {part.Key} {part.Value:0.0000}")));
        string judged = epoch.ValidationLoss is { } loss
            ? string.Create(CultureInfo.InvariantCulture, $"  validation loss {loss:0.0000}")
            : "";
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{Epochs}  rate {epoch.Rate:0.######}  loss {epoch.Loss:0.0000}{parts}{judged}  {epoch.Measure} {epoch.Score:0.0000}"
            + $"{(epoch.Best ? " *" : "  ")}  {TrainingProgress.Text(TimeSpan.FromSeconds(epoch.Seconds))}"));
    }

    private void Say(string network, EpochResult best, TrainingPictures pictures)
    {
        if (Json) return;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{network}: {best.Measure} {best.Score:0.0000} on {pictures.Validation.Count:N0} other pictures, in epoch {best.Epoch}"));
    }

    private int Quantize(
        TrainingFiles files, EpochResult best, Validation validation, TrainingPictures pictures, ModelTask task,
        CancellationToken cancellation)
    {
        IDataset data = pictures.Training;
        return new QuantizeRun
        {
            Path = files.Network,
            Output = files.Int8,
            Open = new OnnxReadOptions(),
            Calibration = (graph, _) =>
            {
                Preprocessor preprocessor = new(task.Preprocessing, NamedValue.Of(graph, graph.Inputs[0]));
                int count = Math.Min(CalibrationPictures, data.Count);
                // Evenly over the whole, so that every class is there.
                return new CalibrationSet(
                    count, (i, input) => preprocessor.Run(data.Load((int)((long)i * data.Count / count)).Picture.View, input));
            },
            Options = new QuantizationOptions { Threads = Threads },
            Model = new ModelOptions { Path = files.Network },
            Inference = new InferenceOptions { Threads = Threads },
            Known = new KnownScore(best.Measure!, best.Score!.Value, graph => validation.Of(graph, cancellation).Score),
            MaxDrop = QuantizeRun.MostPoints,
            Force = false,
            Sensitivity = false,
            Json = Json,
        }.Execute(cancellation);
    }
}
