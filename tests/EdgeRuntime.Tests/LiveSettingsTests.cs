using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Tests;

public sealed class LiveSettingsTests
{
    [Fact]
    public async Task A_threshold_holds_from_the_next_frame_on_and_tracks_keep_their_ids()
    {
        // A busy machine may take its time between two frames.
        await using RunningPipeline running = await new RunningPipeline(options => options.Tracking.ForgetMs = 600_000).StartAsync();
        LiveSettings settings = running.Loop.Settings;
        Report before = await running.NextAsync(report => report.Tracks.Count > 0, "tracks");

        SettingsChange change = await settings.ApplyAsync(With(options => options.Model.Confidence = 1, settings));
        Report strict = await running.NextAsync(_ => true, "any");
        await settings.ApplyAsync(With(options => options.Model.Confidence = 0.1f, settings));
        Report lax = await running.NextAsync(report => report.Tracks.Count > 0, "tracks again");

        Assert.Equal(["Model:Confidence"], change.Applied);
        Assert.Empty(change.NeedRestart);
        Assert.True(strict.Detections.TrueForAll(d => d.Confidence >= 1), "a detection below the threshold was reported");
        Assert.Contains(lax.Tracks, track => before.Tracks.Exists(b => b.Id == track.Id));
    }

    [Fact]
    public async Task A_threshold_that_is_taken_back_is_again_what_the_model_says()
    {
        await using RunningPipeline running = await new RunningPipeline(options => options.Model.Confidence = 0.9f).StartAsync();
        LiveSettings settings = running.Loop.Settings;
        Pipeline pipeline = running.Loop.Pipeline;
        Assert.Equal(0.9f, pipeline.Vision.Model.Detector!.Confidence);

        await settings.ApplyAsync(With(options => options.Model.Confidence = null, settings));

        Assert.Equal(pipeline.Vision.Model.Task.Confidence, pipeline.Vision.Model.Detector!.Confidence);
        Assert.NotEqual(0.9f, pipeline.Vision.Model.Task.Confidence);
    }

    [Fact]
    public async Task Another_model_of_another_kind_takes_over_and_frames_go_on()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        LiveSettings settings = running.Loop.Settings;
        Report before = await running.NextAsync(report => report.Detections.Count > 0, "detections");

        await settings.ApplyAsync(With(options => options.Model.Path = Classifier(running["colour.onnx"]), settings));
        Report after = await running.NextAsync(_ => true, "any");
        await settings.ApplyAsync(With(options => options.Model.Path = running.Model, settings));
        Report again = await running.NextAsync(report => report.Detections.Count > 0, "detections");

        Assert.True(after.IsClassification);
        Assert.Equal(3, after.Labels.Count);
        Assert.NotEmpty(after.Classes);
        Assert.Empty(after.Tracks);
        Assert.False(again.IsClassification);
        Assert.True(before.Frame < after.Frame && after.Frame < again.Frame);
    }

    [Fact]
    public async Task The_other_back_end_takes_over()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        LiveSettings settings = running.Loop.Settings;
        await running.NextAsync(report => report.Detections.Count > 0, "detections");

        await settings.ApplyAsync(With(options => options.Inference.Backend = "onnxruntime", settings));

        await running.NextAsync(report => report.Detections.Count > 0, "detections of the other back end");
        Assert.StartsWith("onnxruntime", running.Loop.Pipeline.Vision.Model.Network.Backend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_model_and_an_unknown_class_are_refused_and_what_ran_goes_on()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        LiveSettings settings = running.Loop.Settings;
        EdgeOptions before = settings.Current;
        await File.WriteAllTextAsync(running["broken.onnx"], "this is no model");

        await Assert.ThrowsAsync<ModelException>(
            () => settings.ApplyAsync(With(options => options.Model.Path = running["broken.onnx"], settings)));
        await Assert.ThrowsAsync<ModelException>(
            () => settings.ApplyAsync(With(options => options.Model.Path = running["none.onnx"], settings)));
        EdgeException unknown = await Assert.ThrowsAsync<EdgeException>(
            () => settings.ApplyAsync(With(options => options.Target.Classes = ["unicorn"], settings)));

        Assert.Contains("'unicorn', which is no class of the model", unknown.Message, StringComparison.Ordinal);
        Assert.Same(before, settings.Current);
        await running.NextAsync(report => report.Detections.Count > 0, "detections");
    }

    [Fact]
    public async Task Two_changes_at_the_same_time_both_last()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        LiveSettings settings = running.Loop.Settings;

        Task<SettingsChange> first = settings.ApplyAsync(current =>
        {
            EdgeOptions next = current.Copy();
            next.Model.Confidence = 0.35f;
            return next;
        });
        Task<SettingsChange> second = settings.ApplyAsync(current =>
        {
            EdgeOptions next = current.Copy();
            next.Target.MinConfidence = 0.45f;
            return next;
        });
        await Task.WhenAll(first, second);

        Assert.Equal((0.35f, 0.45f), (settings.Current.Model.Confidence, settings.Current.Target.MinConfidence));
    }

    [Fact]
    public async Task What_can_only_change_at_the_next_start_is_named_and_stays_as_it_is()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        LiveSettings settings = running.Loop.Settings;

        SettingsChange change = await settings.ApplyAsync(With(
            options =>
            {
                options.Link.TtlMs = 99;
                options.Camera.Source = "0";
                options.Camera.Gain = 4;
                options.Target.MinConfidence = 0.25f;
            },
            settings));

        Assert.Equal(["Camera:Gain", "Target:MinConfidence"], change.Applied);
        Assert.Equal(["Camera:Source", "Link:TtlMs"], change.NeedRestart);
        Assert.Equal(("pattern", 150, 4.0, 0.25f), (
            settings.Current.Camera.Source, settings.Current.Link.TtlMs, settings.Current.Camera.Gain,
            settings.Current.Target.MinConfidence));
        Assert.Contains(change.Remarks, remark => remark.Contains("has no exposure, gain", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pipeline_that_does_not_come_round_keeps_what_it_has()
    {
        await using RunningPipeline running = new();
        Pipeline pipeline = running.Loop.Pipeline;
        Vision before = pipeline.Vision;

        bool taken = await pipeline.ExchangeAsync(before.With(running.Options, reload: false), TimeSpan.FromMilliseconds(50));
        pipeline.TakeOver();

        Assert.False(taken);
        Assert.Same(before, pipeline.Vision);
    }

    /// <summary>The current settings, changed; only sections that the tests touch are copies.</summary>
    private static EdgeOptions With(Action<EdgeOptions> change, LiveSettings settings)
    {
        EdgeOptions current = settings.Current, options = new();
        options.Camera.Source = current.Camera.Source;
        options.Model.Path = current.Model.Path;
        options.Model.Confidence = current.Model.Confidence;
        options.Tracking = current.Tracking;
        change(options);
        return options;
    }

    private static string Classifier(string path)
    {
        GraphBuilder builder = new("colour");
        string input = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 32, 32));
        string means = builder.Add("means", new GlobalAveragePool(), input);
        builder.Output(builder.Add("scores", new Reshape(new Shape(1, 3)), means));
        OnnxModel.Write(builder.Build(), path);
        return path;
    }
}
