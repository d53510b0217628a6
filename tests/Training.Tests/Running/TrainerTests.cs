using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Checkpoints;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Losses;
using EdgeCnn.Training.Optimisers;
using EdgeCnn.Training.Running;

namespace EdgeCnn.Training.Tests.Running;

public sealed class TrainerTests : IDisposable
{
    private const int Epochs = 4, Batch = 16;

    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-test-").FullName;

    private static Dictionary<string, string> Settings => new() { ["--batch"] = "16", ["--seed"] = "3" };

    private string CheckpointPath => Path.Combine(_folder, "run.checkpoint");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_small_network_learns_what_pictures_show_and_other_pictures_prove_it()
    {
        using TrainingNetwork network = Plan();
        Trainer trainer = Trainer(network, epochs: 8);
        trainer.Run();
        Assert.Equal(8, trainer.History.Count);
        Assert.True(trainer.History[^1].Loss < trainer.History[0].Loss / 2, $"{trainer.History[0].Loss} -> {trainer.History[^1].Loss}");
        Assert.True(trainer.Best!.Score > 0.95, $"{trainer.Best}");
        Assert.Equal("top-1", trainer.Best.Measure);
        Assert.False(trainer.StoppedEarly);
    }

    [Theory]
    [InlineData(OptimiserKind.AdamW)]
    [InlineData(OptimiserKind.Sgd)]
    public void Two_epochs_and_two_more_give_the_bits_of_four_in_one_go(OptimiserKind kind)
    {
        (byte[] whole, EpochResult[] history) = Straight(kind);
        using (TrainingNetwork network = Plan())
        {
            using CancellationTokenSource stop = new();
            Trainer first = Trainer(network, kind, stepped: step =>
            {
                // The second epoch is saved, and one step of the third.
                if (step.Epoch == 3) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => first.Run(stop.Token));
        }
        AssertResumes(kind, whole, history);
    }

    [Fact]
    public void A_run_that_is_stopped_within_an_epoch_goes_on_to_the_same_bits()
    {
        (byte[] whole, EpochResult[] history) = Straight(OptimiserKind.AdamW);
        using (TrainingNetwork network = Plan())
        {
            using CancellationTokenSource stop = new();
            Trainer first = Trainer(network, OptimiserKind.AdamW, stepped: step =>
            {
                if (step is { Epoch: 2, StepInEpoch: 3 }) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => first.Run(stop.Token));
        }
        Checkpoint checkpoint = Checkpoint.Read(CheckpointPath);
        Assert.Equal((1, 3), (checkpoint.Position.Epoch, checkpoint.Position.StepInEpoch));
        AssertResumes(OptimiserKind.AdamW, whole, history);
    }

    [Fact]
    public void A_run_that_is_stopped_while_it_is_judged_goes_on_to_the_same_bits()
    {
        (byte[] whole, EpochResult[] history) = Straight(OptimiserKind.AdamW);
        using (TrainingNetwork network = Plan())
        {
            Trainer first = Trainer(network, OptimiserKind.AdamW, validate: _ => throw new OperationCanceledException());
            Assert.Throws<OperationCanceledException>(() => first.Run());
        }
        AssertResumes(OptimiserKind.AdamW, whole, history);
    }

    [Fact]
    public void A_run_that_learns_to_compute_in_8_bits_goes_on_to_the_same_bits()
    {
        using TrainingNetwork straight = Plan(rounded: true);
        Trainer(straight).Run();
        byte[] whole = Bits(straight.Export());
        using (TrainingNetwork network = Plan(rounded: true))
        {
            using CancellationTokenSource stop = new();
            Trainer first = Trainer(network, stepped: step =>
            {
                if (step is { Epoch: 3, StepInEpoch: 4 }) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => first.Run(stop.Token));
        }
        using TrainingNetwork resumed = Plan(rounded: true);
        Trainer second = Trainer(resumed);
        second.Resume(Checkpoint.Read(CheckpointPath));
        second.Run();
        Assert.Equal(whole, Bits(resumed.Export()));
        using TrainingNetwork plain = Plan();
        Trainer(plain).Run();
        Assert.NotEqual(whole, Bits(plain.Export()));
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        byte[][] networks = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using TrainingNetwork network = Plan(threads);
            Trainer(network, epochs: 2).Run();
            return Bits(network.Export());
        })];
        Assert.Equal(networks[0], networks[1]);
        Assert.Equal(networks[0], networks[2]);
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_run_and_the_last_good_checkpoint_is_named()
    {
        using TrainingNetwork network = Plan();
        // The rate comes to nothing good at step 25, in the third epoch of ten steps each.
        Trainer trainer = Trainer(network, loss: new BrokenLoss(after: 25));
        TrainingException exception = Assert.Throws<TrainingException>(() => trainer.Run());
        Assert.Equal(
            $"The loss is not a number since step 6 of epoch 3; the last good checkpoint is '{CheckpointPath}'. Train with a lower rate.",
            exception.Message);
        Checkpoint checkpoint = Checkpoint.Read(CheckpointPath);
        Assert.Equal(20, checkpoint.Position.Steps);
        Assert.All(checkpoint.Arrays, array => Assert.All(array.Values, value => Assert.True(float.IsFinite(value), array.Name)));
    }

    [Fact]
    public void A_rate_far_too_high_is_noticed_before_weights_are_lost()
    {
        using TrainingNetwork network = Plan();
        Trainer trainer = Trainer(network, OptimiserKind.Sgd, rate: 1e30);
        Assert.Contains(
            "is not a number since step", Assert.Throws<TrainingException>(() => trainer.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_run_ends_when_it_becomes_no_better_and_the_best_network_was_handed_out()
    {
        double[] scores = [0.5, 0.7, 0.6, 0.7, 0.9];
        List<Graph> handed = [];
        int asked = 0;
        using TrainingNetwork network = Plan();
        Trainer trainer = Trainer(
            network, epochs: 5, patience: 2, validate: _ => new ValidationResult(null, "mAP@.5", scores[asked++]), improved: handed.Add);
        trainer.Run();
        Assert.True(trainer.StoppedEarly);
        Assert.Equal(4, trainer.History.Count);
        Assert.Equal((2, 0.7), (trainer.Best!.Epoch, trainer.Best.Score));
        Assert.Equal(2, handed.Count);
    }

    [Fact]
    public void Of_equal_scores_the_lower_loss_is_the_better_one()
    {
        double[] losses = [3, 2, 2.5, 1];
        int asked = 0;
        using TrainingNetwork network = Plan();
        Trainer trainer = Trainer(network, validate: _ => new ValidationResult(losses[asked++], "top-1", 0.5));
        trainer.Run();
        Assert.Equal([true, true, false, true], trainer.History.Select(epoch => epoch.Best));
    }

    [Fact]
    public void Without_other_pictures_the_last_epoch_is_the_best()
    {
        using TrainingNetwork network = Plan();
        Trainer trainer = new(network, new SoftmaxCrossEntropy(), Source(), Options());
        trainer.Run();
        Assert.Equal(Epochs, trainer.Best!.Epoch);
        Assert.Null(trainer.Best.Score);
    }

    [Fact]
    public void A_checkpoint_of_other_settings_or_of_another_network_is_refused()
    {
        using (TrainingNetwork network = Plan()) Trainer(network, epochs: 1).Run();
        Checkpoint checkpoint = Checkpoint.Read(CheckpointPath);
        using TrainingNetwork same = Plan();
        Trainer other = new(
            same, new SoftmaxCrossEntropy(), Source(), Options() with { Settings = new Dictionary<string, string> { ["--batch"] = "8" } });
        Assert.Equal(
            "The checkpoint was made with --batch 16, and this run has 8; give the same to go on, or begin anew without it.",
            Assert.Throws<TrainingException>(() => other.Resume(checkpoint)).Message);

        Trainer grown = new(same, new SoftmaxCrossEntropy(), Source(pictures: 176), Options());
        Assert.Equal(
            "The checkpoint was made with an epoch's steps 10, and this run has 11; give the same to go on, or begin anew without it.",
            Assert.Throws<TrainingException>(() => grown.Resume(checkpoint)).Message);

        using TrainingNetwork wider = TrainingNetwork.Plan(Blobs.Network(channels: 7), new TrainingOptions(Batch, 1));
        Assert.Equal(
            "The checkpoint was made with another network; begin anew without it.",
            Assert.Throws<TrainingException>(() => Trainer(wider).Resume(checkpoint)).Message);
    }

    [Fact]
    public void What_cannot_be_saved_is_said_and_the_run_goes_on()
    {
        List<string> complaints = [];
        string path = Path.Combine(_folder, "nowhere", "run.checkpoint");
        using TrainingNetwork network = Plan();
        Trainer trainer = new(
            network, new SoftmaxCrossEntropy(), Source(), Options() with { CheckpointPath = path })
        { Complain = complaints.Add };
        trainer.Run();
        Assert.Equal(Epochs, trainer.History.Count);
        Assert.Equal(Epochs, complaints.Count);
        Assert.All(complaints,
            complaint => Assert.StartsWith($"The checkpoint '{path}' cannot be written: ", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public void Long_epochs_are_saved_before_they_end()
    {
        List<(int Epoch, int Step)> saved = [];
        using TrainingNetwork network = Plan();
        Trainer trainer = new(network, new SoftmaxCrossEntropy(), Source(), Options() with { SaveEvery = TimeSpan.Zero })
        {
            Stepped = _ =>
            {
                if (!File.Exists(CheckpointPath)) return;
                RunPosition position = Checkpoint.Read(CheckpointPath).Position;
                saved.Add((position.Epoch, position.StepInEpoch));
            },
        };
        trainer.Run();
        Assert.Equal([(0, 1), (0, 2), (0, 3)], saved[..3]);
    }

    private static TrainingNetwork Plan(int threads = 1, bool rounded = false) => TrainingNetwork.Plan(
        Blobs.Network(), new TrainingOptions(Batch, threads) { Seed = 3, FakeQuantization = rounded ? new FakeQuantization() : null });

    private static Batches Source(int pictures = 160) => new(
        new Blobs(pictures, seed: 1), Augmentation.None with { Noise = 10, Translate = 0.05f }, Preprocessing.Greyscale,
        new NamedValue("picture", ElementType.Float32, new Shape(1, 1, Blobs.Side, Blobs.Side)), Batch, seed: 3);

    private TrainerOptions Options(int epochs = Epochs) => new()
    {
        Epochs = epochs,
        Schedule = new Schedule { Rate = 0.02, WarmUp = 5, Total = epochs * 10 },
        AverageDecay = 0.9,
        CheckpointPath = CheckpointPath,
        Settings = Settings,
    };

    private Trainer Trainer(
        TrainingNetwork network,
        OptimiserKind kind = OptimiserKind.AdamW,
        int epochs = Epochs,
        double rate = 0.02,
        int patience = 0,
        ILoss? loss = null,
        Action<StepReport>? stepped = null,
        Func<Graph, ValidationResult>? validate = null,
        Action<Graph>? improved = null)
    {
        TrainerOptions options = Options(epochs);
        return new Trainer(
            network,
            loss ?? new SoftmaxCrossEntropy(),
            Source(),
            options with
            {
                Optimiser = new OptimiserOptions { Kind = kind },
                Schedule = options.Schedule with { Rate = rate },
                Patience = patience,
            })
        {
            Validate = validate ?? (graph => Judge().Of(graph)),
            Stepped = stepped,
            Improved = improved,
        };
    }

    private static Validation Judge()
    {
        Blobs data = new(60, seed: 2);
        return new Validation(data, new ModelCard { Task = "classify", Labels = data.Labels }, threads: 1);
    }

    private (byte[] Network, EpochResult[] History) Straight(OptimiserKind kind)
    {
        using TrainingNetwork network = Plan();
        Trainer trainer = Trainer(network, kind);
        trainer.Run();
        return (Bits(network.Export()), [.. trainer.History]);
    }

    private void AssertResumes(OptimiserKind kind, byte[] whole, EpochResult[] history)
    {
        using TrainingNetwork network = Plan(threads: 2);
        Trainer trainer = Trainer(network, kind);
        trainer.Resume(Checkpoint.Read(CheckpointPath));
        trainer.Run();
        Assert.Equal(whole, Bits(network.Export()));
        // All but the time it took.
        Assert.Equal(
            history.Select(epoch => epoch with { Seconds = 0, Parts = history[0].Parts }),
            trainer.History.Select(epoch => epoch with { Seconds = 0, Parts = history[0].Parts }));
    }

    private static byte[] Bits(Graph graph) =>
        [.. graph.Constants.OrderBy(constant => constant.Key,
            StringComparer.Ordinal).SelectMany(constant => constant.Value.Bytes.ToArray())];

    /// <summary>The cross entropy, until it is none.</summary>
    private sealed class BrokenLoss(int after) : ILoss
    {
        private readonly SoftmaxCrossEntropy _whole = new();
        private int _steps;

        public LossValue Compute(TrainingNetwork network, ReadOnlySpan<Example> batch)
        {
            LossValue loss = _whole.Compute(network, batch);
            return _steps++ < after ? loss : loss with { Total = double.NaN };
        }
    }
}
