using System.Globalization;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>Recordings of the real program, which is killed while it writes them.</summary>
public sealed class RecordingTests : IDisposable
{
    private readonly Workspace _workspace = new();
    private readonly string _model;

    public RecordingTests()
    {
        _model = _workspace["pattern.onnx"];
        OnnxModel.Write(PatternNetwork.Build(), _model);
    }

    public void Dispose() => _workspace.Dispose();

    /// <summary>EDGECNN_KILLS=100 kills it a hundred times.</summary>
    [Fact]
    public void Killed_in_the_middle_of_a_recording_it_leaves_one_that_plays_up_to_its_last_whole_frame()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("EDGECNN_KILLS"), CultureInfo.InvariantCulture, out int wanted)
            ? wanted
            : 5;
        Random random = new(4);
        for (int kill = 0; kill < kills; kill++)
        {
            string recordings = _workspace[$"recordings{kill}"];
            using (RunningDaemon daemon = Record(recordings))
            {
                daemon.Log.WaitFor("Recording to ");
                Thread.Sleep(random.Next(20, 400));
            }
            string folder = Assert.Single(Directory.GetDirectories(recordings));
            // The last line may be torn; of every whole line the picture is whole too, since it was written before.
            int lines = File.ReadAllText(Path.Join(folder, RecordingStore.Metadata)).Count(letter => letter == '\n') - 1;
            using RecordingReader reader = RecordingReader.Open(folder);
            int frames = 0;
            while (reader.Next() is not null) frames++;
            Assert.True(frames == lines && reader.Damaged <= 1,
                $"kill {kill}: {frames} frames play of {lines} whole lines, {reader.Damaged} damaged");
        }
    }

    [Fact]
    public void A_recording_is_replayed_twice_with_the_same_bytes_and_exported()
    {
        string recordings = _workspace["recordings"];
        using (RunningDaemon daemon = Record(recordings, "--Camera:Source=pattern"))
        {
            daemon.Log.WaitFor("Recording to ");
            Thread.Sleep(700);
            daemon.Terminate();
            Assert.Equal(0, daemon.ExitCode(TimeSpan.FromSeconds(10)));
        }
        string folder = Assert.Single(Directory.GetDirectories(recordings));

        Outcome fast = Edgecnn.Run("replay", folder, "--fast").Succeeded(), paced = Edgecnn.Run("replay", folder).Succeeded();
        Outcome strict = Edgecnn.Run("replay", folder, "--fast", "--Model:Confidence=0.99").Succeeded();
        Outcome exported = Edgecnn.Run("export", folder, "--mcap", _workspace["run.mcap"], "--yolo", _workspace["data"]).Succeeded();

        Assert.True(fast.JsonLines.Length >= 3, fast.Output);
        Assert.Equal(fast.Output, paced.Output);
        Assert.True(Count(strict) < Count(fast), "a threshold of 0.99 finds as many");
        Assert.Equal(fast.JsonLines.Length, Directory.GetFiles(Path.Join(_workspace["data"], "labels")).Length);
        Assert.True(File.Exists(_workspace["run.mcap"]), exported.Output);

        static int Count(Outcome outcome) => outcome.JsonLines.Sum(line => line.GetProperty("detections").GetArrayLength());
    }

    [Fact]
    public void What_is_no_recording_is_said_in_one_sentence()
    {
        string folder = _workspace.Folder("empty");
        Edgecnn.Run("replay", folder).FailedWith(
            1, $"{Path.Join(folder, "metadata.jsonl")} cannot be read (there is no such file): name the folder of a recording.");
        Edgecnn.Run("export", folder).FailedFirstWith(2, "Say what to write: --mcap FILE or --yolo FOLDER.");
    }

    private RunningDaemon Record(string folder, params string[] settings) => new(
    [
        "--Camera:Source=pattern", "--Camera:Fps=60", "--Camera:Width=320", "--Camera:Height=240", $"--Model:Path={_model}",
        "--Record:Enabled=true", "--Record:Fps=0", $"--Record:Folder={folder}", "--Record:MinFreeMegabytes=0", .. settings,
    ]);
}
