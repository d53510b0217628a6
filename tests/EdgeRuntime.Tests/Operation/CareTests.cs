using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Tests.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Operation;

public sealed class CareTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("edgecnn-care-").FullName;
    private readonly ManualTime _time = new();
    private readonly ListLog<BoardCare> _log = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void One_step_after_the_other_is_taken_while_it_is_hot_and_taken_back_when_it_has_been_cool_for_long()
    {
        CareLevel level = new(new() { Steps = "pictures, rate, size", HotC = 80, CoolC = 70, StepSeconds = 10, RelaxSeconds = 60 }, _time);
        List<int> steps = [];
        foreach (
            int temperature in (int[])[60, 81, 81, 85, 75, 75, 75, 75, 75, 75, 75, 75, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
                65, 65, 65, 65, 65, 65, 65])
        {
            level.Look(temperature, throttled: false, freeMemoryMegabytes: 4000);
            steps.Add(level.Steps);
            _time.Advance(10_000);
        }

        // The last warm look was the twelfth; a minute of cool ones takes back a step, and another minute the next.
        Assert.Equal(
            [0, 1, 2, 3, .. Enumerable.Repeat(3, 8), .. Enumerable.Repeat(3, 5), 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0], steps);
    }

    [Theory]
    [InlineData(50, true, 4000, "the board holds its clock down")]
    [InlineData(50, false, 99, "only 99 MB of memory are free")]
    [InlineData(90, true, 99, "the board is at 90 degrees")]
    [InlineData(79, false, 100, "")]
    [InlineData(0, false, null, "")]
    public void Heat_throttling_and_little_memory_are_trouble(int temperature, bool throttled, int? memory, string trouble)
    {
        CareLevel level = new(new(), _time);

        Assert.Equal(trouble.Length > 0, level.Look(temperature, throttled, memory));
        Assert.Equal(trouble, level.Trouble);
    }

    [Fact]
    public void A_temperature_that_goes_to_and_fro_between_hot_and_cool_changes_nothing()
    {
        CareLevel level = new(new() { Steps = "pictures,rate", HotC = 80, CoolC = 70, StepSeconds = 10, RelaxSeconds = 20 }, _time);
        level.Look(80, false, null);
        for (int i = 0; i < 50; i++)
        {
            Assert.False(level.Look(i % 2 == 0 ? 71 : 79, false, null));
            _time.Advance(5000);
        }
    }

    [Fact]
    public async Task The_steps_of_a_hot_board_come_into_force_are_told_and_are_taken_back()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        string small = running["small.onnx"];
        File.Copy(running.Model, small);
        LiveSettings settings = running.Loop.Settings;
        Write("sys/class/thermal/thermal_zone0/temp", "91000");
        using Board board = new(_root);
        CareOptions options =
            new() { Steps = "pictures, rate, model", Model = small, StepSeconds = 5, RelaxSeconds = 5, FramesPerSecond = 4 };
        BoardCare care = new(options, board, settings, running.Loop.Limit, running.Loop.Recorder, _time, _log);

        await Look();
        Assert.Equal((1, 0, running.Model), (running.Loop.Recorder.MaxFps, running.Loop.Limit.PerSecond, settings.Current.Model.Path));
        await Look();
        Assert.Equal(4, running.Loop.Limit.PerSecond);
        await Look();
        Assert.Equal(small, settings.Current.Model.Path);

        // What somebody else changes meanwhile holds, with the steps and after them.
        EdgeOptions changed = settings.Current.Copy();
        changed.Model = new() { Path = small, Confidence = 0.3f };
        await settings.ApplyAsync(changed);
        await Look();
        Assert.Equal((small, 0.3f), (settings.Current.Model.Path, settings.Current.Model.Confidence));

        Write("sys/class/thermal/thermal_zone0/temp", "40000");
        for (int i = 0; i < 8; i++) await Look();
        Assert.Equal((running.Model, 0.3f), (settings.Current.Model.Path, settings.Current.Model.Confidence));
        Assert.Equal((0, 0), (running.Loop.Recorder.MaxFps, running.Loop.Limit.PerSecond));
        Assert.Equal(
        [
            "Warning: At most 1 pictures per second are recorded and shown because the board is at 91 degrees.",
            "Warning: At most 4 frames per second go through the network because the board is at 91 degrees.",
            $"Warning: {small} is the network because the board is at 91 degrees.",
            $"Information: The board is well again: {small} is the network no longer.",
            "Information: The board is well again: At most 4 frames per second go through the network no longer.",
            "Information: The board is well again: At most 1 pictures per second are recorded and shown no longer.",
        ], _log.Lines);

        async Task Look()
        {
            await care.LookAsync(CancellationToken.None);
            _time.Advance(5000);
        }
    }

    [Fact]
    public async Task A_model_that_cannot_be_had_is_said_once_and_the_network_stays()
    {
        await using RunningPipeline running = await new RunningPipeline().StartAsync();
        Write("sys/class/thermal/thermal_zone0/temp", "91000");
        using Board board = new(_root);
        CareOptions options = new() { Steps = "model", Model = running["none.onnx"] };
        BoardCare care = new(options, board, running.Loop.Settings, running.Loop.Limit, running.Loop.Recorder, _time, _log);

        for (int i = 0; i < 5; i++) await care.LookAsync(CancellationToken.None);

        Assert.Equal(running.Model, running.Loop.Settings.Current.Model.Path);
        Assert.Single(_log.Lines, line => line.Contains("The step cannot be taken", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--Care:Steps=sleep", "pictures, rate, size, model, or some of them")]
    [InlineData("--Care:Steps=rate, rate", "pictures, rate, size, model, or some of them")]
    [InlineData("--Care:CoolC=85", "lower than Care:HotC")]
    [InlineData("--Care:Steps=model", "an ONNX file when Care:Steps names model")]
    [InlineData("--Care:Steps=size", "given together with InputHeight when Care:Steps names size")]
    public void Steps_that_cannot_be_taken_are_refused_at_the_start(string setting, string reason)
    {
        SettingsException refusal = Assert.Throws<SettingsException>(() => SettingsLoader.Load(null, [setting]));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frame_limit_lets_so_many_pass_evenly()
    {
        FrameLimit limit = new(_time) { PerSecond = 10 };
        int[] passed = [.. Enumerable.Range(0, 300).Where(i => limit.Passes((long)(i * (double)TimeSpan.TicksPerSecond / 30)))];

        Assert.InRange(passed.Length, 99, 101);
        Assert.All(passed.Zip(passed[1..]), pair => Assert.InRange(pair.Second - pair.First, 2, 4));
        limit.PerSecond = 0;
        Assert.True(limit.Passes(0));
    }

    private void Write(string name, string text)
    {
        string path = Path.Join(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
    }
}
