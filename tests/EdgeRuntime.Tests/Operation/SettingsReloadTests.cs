using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Tests.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Operation;

public sealed class SettingsReloadTests : IAsyncLifetime, IDisposable
{
    private readonly RunningPipeline _running = new();
    private readonly ListLog<SettingsReload> _log = new();
    private readonly string _file;
    private SettingsReload _reload = null!;

    public SettingsReloadTests() => _file = _running["robot.json"];

    private LiveSettings Settings => _running.Loop.Settings;

    public async Task InitializeAsync()
    {
        await _running.StartAsync();
        await Write("");
        SettingsSource source = new(_file, [$"--Model:Path={_running.Model}", "--Camera:Source=pattern"]);
        _reload = new(source, _running.Part<CameraLoops>(), new ManualTime(), _log);
        await _reload.StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _reload.StopAsync(CancellationToken.None);
        await _running.DisposeAsync();
    }

    public void Dispose() => _reload.Dispose();

    [Fact]
    public async Task An_edit_comes_into_force_once_the_file_has_settled()
    {
        await Write(""" "Model": { "Confidence": 0.875 }, "Target": { "Choose": "central", "Classes": [ "teal" ] } """);
        await Look();
        Assert.Null(Settings.Current.Model.Confidence);
        await Look();

        Assert.Equal(0.875f, Settings.Current.Model.Confidence);
        Assert.Equal(["teal"], Settings.Current.Target.Classes);
        await _running.NextAsync(report => report.Detections.TrueForAll(d => d.Confidence >= 0.875f), "only confident detections");
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData(""" "Model": { "Confidnce": 0.5 } """,
        "There is no setting 'Model:Confidnce' (FILE line 2): did you mean 'Model:Confidence'?")]
    [InlineData(""" "Model": { "Confidence": 2 } """, "Model:Confidence is '2' (FILE line 2), but must be a number from 0 to 1.")]
    [InlineData(""" "Model": { "Confidence": """, "FILE line 3 is not valid JSON:")]
    [InlineData(""" "Target": { "Classes": [ "unicorn" ] } """, "Target:Classes names 'unicorn', which is no class of the model")]
    public async Task A_broken_edit_is_refused_with_line_and_reason_and_the_settings_in_force_stay(string edit, string reason)
    {
        EdgeOptions before = Settings.Current;
        await Write(edit);
        await Look();
        await Look();
        await Look();

        Assert.Same(before, Settings.Current);
        Assert.StartsWith(
            "Warning: The changed configuration is refused, the settings in force stay: "
                + reason.Replace("FILE", _file, StringComparison.Ordinal),
            Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains(" line ", _log.Lines.Single(), StringComparison.Ordinal);
        await _running.NextAsync(report => report.Detections.Count > 0, "detections");
    }

    [Fact]
    public async Task An_edit_for_two_cameras_of_which_one_is_refused_changes_neither()
    {
        await using RunningPipeline two = await new RunningPipeline(options =>
        {
            foreach (string name in (string[])["front", "rear"])
                options.Cameras[name] = new() { Camera = options.Camera, Model = options.Model };
        }).StartAsync();
        CameraLoops loops = two.Part<CameraLoops>();
        await WriteBoth("unicorn");
        SettingsSource source = new(_file, [$"--Model:Path={two.Model}", "--Camera:Source=pattern"]);
        using SettingsReload reload = new(source, loops, new ManualTime(), _log);
        reload.Ask();
        await reload.LookAsync(CancellationToken.None);

        Assert.All(loops.All, static loop => Assert.Equal((0, null), (loop.Settings.Revision, loop.Settings.Current.Model.Confidence)));
        string refusal = Assert.Single(_log.Lines);
        Assert.Contains("Target:Classes names 'unicorn', which is no class of the model", refusal, StringComparison.Ordinal);
        Assert.EndsWith($"It was changed by Cameras:rear:Target:Classes ({_file} line 4).", refusal, StringComparison.Ordinal);

        await WriteBoth("teal");
        reload.Ask();
        await reload.LookAsync(CancellationToken.None);
        Assert.Equal(0.875f, loops.All[0].Settings.Current.Model.Confidence);
        Assert.Equal(["teal"], loops.All[1].Settings.Current.Target.Classes);

        Task WriteBoth(string rearTarget) => Write($$"""
            "Cameras": {
              "front": { "Model": { "Confidence": 0.875 } },
              "rear": { "Target": { "Classes": [ "{{rearTarget}}" ] } } }
            """);
    }

    [Fact]
    public async Task What_can_only_change_at_the_next_start_is_said()
    {
        await Write(""" "Link": { "TtlMs": 99 }, "Record": { "Fps": 3 }, "Aim": { "FieldOfView": 90 } """);
        await Look();
        await Look();

        Assert.Equal(90, Settings.Current.Aim.FieldOfView);
        Assert.Equal(
            "Warning: Link:TtlMs, Record:Fps can only change at the next start: restart the daemon for it.", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task A_file_that_is_gone_changes_nothing_and_is_said_once()
    {
        EdgeOptions before = Settings.Current;
        File.Delete(_file);
        for (int i = 0; i < 4; i++) await Look();

        Assert.Same(before, Settings.Current);
        Assert.Single(_log.Lines, line => line.Contains("is gone; the settings in force stay", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_asks_gets_the_model_loaded_again_though_no_setting_has_changed()
    {
        Vision before = _running.Loop.Pipeline.Vision;
        _reload.Ask();
        await Look();

        Assert.NotSame(before.Model, _running.Loop.Pipeline.Vision.Model);
        await _running.NextAsync(report => report.Detections.Count > 0, "detections");
    }

    private Task Look() => _reload.LookAsync(CancellationToken.None);

    private Task Write(string settings) => File.WriteAllTextAsync(_file, "{\n" + settings + "\n}\n");
}
