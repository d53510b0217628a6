using System.Text.Json;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Engine;

namespace EdgeCnn.EdgeRuntime.Tests.Configuration;

/// <summary>The section Cameras: what each camera has of its own, and what all share.</summary>
public sealed class CameraSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-settings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_camera_has_its_own_settings_in_place_of_those_that_all_share()
    {
        EdgeOptions options = Load("""
            {
              "Camera": { "Rotate": 180 },
              "Model": { "Path": "all.onnx", "Confidence": 0.5 },
              "Target": { "Classes": [ "person", "dog" ] },
              "Aim": { "FieldOfView": 66, "HeightsMm": { "person": 1700 } },
              "Record": { "Folder": "kept" },
              "Cameras": {
                "rear": { "Camera": { "Source": "2" }, "Target": { "Classes": [ "cat" ] }, "Aim": { "HeightsMm": { "cat": 300 } } },
                "front": { "Camera": { "Source": "0", "Rotate": 0 }, "Model": { "Confidence": 0.25 } },
                "plain": { "Camera": { "Source": "pattern" } }
              }
            }
            """);

        IReadOnlyList<CameraSettings> cameras = CameraSettings.Of(options);

        // In the order of the file, not of the alphabet.
        Assert.Equal(["rear", "front", "plain"], cameras.Select(camera => camera.Name));
        (EdgeOptions rear, EdgeOptions front) = (cameras[0].Options, cameras[1].Options);
        Assert.Equal(("2", 180, 0.5f), (rear.Camera.Source, rear.Camera.Rotate, rear.Model.Confidence));
        Assert.Equal(("0", 0, 0.25f), (front.Camera.Source, front.Camera.Rotate, front.Model.Confidence));
        Assert.Equal(("all.onnx", "all.onnx"), (rear.Model.Path, front.Model.Path));
        Assert.Equal(66, front.Aim.FieldOfView);
        Assert.Equal(["cat"], rear.Target.Classes);
        Assert.Equal(["person", "dog"], front.Target.Classes);
        Assert.Equal(["cat", "person"], rear.Aim.HeightsMm.Keys.Order());
        Assert.Equal((Path.Join("kept", "rear"), Path.Join("kept", "front")), (rear.Record.FolderInUse, front.Record.FolderInUse));
        Assert.Empty(front.Cameras);
    }

    [Fact]
    public void Without_the_section_there_is_one_camera_with_the_settings_as_they_are()
    {
        EdgeOptions options = Load("""{ "Camera": { "Source": "pattern" } }""");

        CameraSettings only = Assert.Single(CameraSettings.Of(options));

        Assert.Equal("camera", only.Name);
        Assert.Same(options, only.Options);
    }

    [Fact]
    public void What_is_said_of_one_camera_goes_before_what_the_command_line_says_of_all()
    {
        string file = Write("""{ "Cameras": { "front": { "Model": { "Confidence": 0.25 } }, "rear": {} } }""");

        string[] arguments = ["--Model:Confidence=0.75", "--Cameras:rear:Camera:Source=pattern", "--Cameras:top:Camera:Source=synthetic:3"];

        IReadOnlyList<CameraSettings> cameras = CameraSettings.Of(SettingsLoader.Load(file, arguments));

        Assert.Equal(["front", "rear", "top"], cameras.Select(camera => camera.Name));
        Assert.Equal([0.25f, 0.75f, 0.75f], cameras.Select(camera => camera.Options.Model.Confidence!.Value));
        Assert.Equal(["0", "pattern", "synthetic:3"], cameras.Select(camera => camera.Options.Camera.Source));
    }

    [Theory]
    [InlineData(4, new[] { "a", "b" }, new[] { 2, 2 })]
    [InlineData(5, new[] { "a", "b", "c" }, new[] { 2, 2, 1 })]
    [InlineData(2, new[] { "a", "b", "c" }, new[] { 1, 1, 1 })]
    // Those who use one network bring their shares together.
    [InlineData(4, new[] { "a", "a" }, new[] { 4, 4 })]
    [InlineData(4, new[] { "a", "b", "a" }, new[] { 3, 1, 3 })]
    public void Threads_are_divided_evenly_and_a_shared_network_has_the_shares_of_all_who_use_it(int threads, string[] models, int[] shares)
    {
        EdgeOptions options = new();
        options.Inference.Threads = threads;
        for (int i = 0; i < models.Length; i++)
        {
            CameraSections own = new();
            (own.Model.Path, own.Inference.Threads) = (models[i] + ".onnx", threads);
            options.Cameras[$"camera{i}"] = own;
        }

        Assert.Equal(shares, CameraSettings.Of(options).Select(camera => camera.Options.Inference.ThreadsInUse));
    }

    [Fact]
    public void A_camera_that_names_its_threads_has_those_and_the_others_the_rest()
    {
        EdgeOptions options = Load("""
            {
              "Inference": { "Threads": 8 },
              "Cameras": {
                "a": { "Model": { "Path": "a.onnx" }, "Inference": { "Threads": 5 }, "Camera": { "Source": "1" } },
                "b": { "Model": { "Path": "b.onnx" }, "Camera": { "Source": "2" } },
                "c": { "Model": { "Path": "c.onnx" }, "Camera": { "Source": "3" } }
              }
            }
            """);

        Assert.Equal([5, 2, 1], CameraSettings.Of(options).Select(camera => camera.Options.Inference.ThreadsInUse));
    }

    [Fact]
    public void Nobody_says_how_many_threads_so_it_is_the_cores_that_are_divided()
    {
        EdgeOptions options = new();
        for (int i = 0; i < 2; i++) options.Cameras[$"camera{i}"] = new() { Model = { Path = $"{i}.onnx" } };

        int[] threads = [.. CameraSettings.Of(options).Select(camera => camera.Options.Inference.ThreadsInUse)];

        Assert.Equal(Math.Max(2, Network.PhysicalCores), threads.Sum());
    }

    [Theory]
    [InlineData("{ \"Cameras\": {\n \"front\": { \"Camera\": {\n \"Sorce\": \"1\" } } } }",
        "There is no setting 'Cameras:front:Camera:Sorce' (FILE line 3): did you mean 'Cameras:front:Camera:Source'?")]
    [InlineData("{ \"Cameras\": {\n \"front\": { \"Modell\": { \"Top\": 1 } } } }",
        "There is no setting 'Cameras:front:Modell' (FILE line 2): did you mean 'Cameras:front:Model'?")]
    [InlineData("{ \"Cameras\": {\n \"front\": { \"Link\": { \"Port\": \"virtual\" } } } }",
        "'Cameras:front:Link' (FILE line 2) cannot be of one camera: Link is shared by all, and stands beside Cameras.")]
    [InlineData("{ \"Cameras\": {\n \"fr ont\": { } } }",
        "'Cameras:fr ont' (FILE line 2) is no name for a camera: letters, digits, - and _ are, 32 at most.")]
    [InlineData("{ \"Cameras\": {\n \"../x\": { } } }",
        "'Cameras:../x' (FILE line 2) is no name for a camera: letters, digits, - and _ are, 32 at most.")]
    [InlineData("{ \"Cameras\": {\n \"front\": { },\n \"Front\": { } } }",
        "Cameras:Front is given twice in FILE, on line 2 and on line 3: remove one.")]
    [InlineData("{ \"Cameras\": {\n \"front\": 5 } }",
        "Cameras:front is '5' (FILE line 2), but must be a group of settings, not a single value.")]
    [InlineData("{ \"Cameras\": {\n \"front\": { \"Model\": { \"Confidence\": 2 } } } }",
        "Cameras:front:Model:Confidence is '2' (FILE line 2), but must be a number from 0 to 1.")]
    [InlineData("{ \"Cameras\": {\n \"a\": { \"Camera\": { \"Source\": \"7\" } },\n \"b\": { \"Camera\": { \"Source\": \"/dev/video7\" } } } }",
        "Cameras:b:Camera:Source is '/dev/video7' (FILE line 3), which is the camera of Cameras:a too: a camera gives its pictures to one alone, "
        + "name another.")]
    public void A_camera_that_cannot_be_is_named_in_one_sentence(string text, string sentence)
    {
        string file = Write(text);

        SettingsException e = Assert.Throws<SettingsException>(() => SettingsLoader.Load(file, []));

        Assert.Equal(sentence.Replace("FILE", file, StringComparison.Ordinal), e.Message);
    }

    [Fact]
    public void What_differs_from_the_defaults_is_a_configuration_that_gives_the_same_cameras()
    {
        EdgeOptions options = Load("""
            {
              "Model": { "Path": "all.onnx" }, "Inference": { "Threads": 3 }, "Link": { "TtlMs": 99 },
              "Debug": { "Token": "not for everybody" },
              "Cameras": {
                "rear": { "Camera": { "Source": "rtsp://robin:secret@rear/" }, "Target": { "Classes": [ "cat" ] } },
                "front": { "Model": { "Confidence": 0.25 } }
              }
            }
            """);

        string text = SettingsJson.Differences(options, CameraSettings.Of(options));
        IReadOnlyList<CameraSettings> again = CameraSettings.Of(Load(text));

        Assert.DoesNotContain("not for everybody", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Equal(["rear", "front"], again.Select(camera => camera.Name));
        Assert.All(again, camera => Assert.Equal(("all.onnx", 99), (camera.Options.Model.Path, camera.Options.Link.TtlMs)));
        Assert.Equal(["cat"], again[0].Options.Target.Classes);
        Assert.Equal(0.25f, again[1].Options.Model.Confidence);
        // Nothing is said twice.
        JsonElement front = JsonDocument.Parse(text).RootElement.GetProperty("Cameras").GetProperty("front");
        Assert.Equal(["Model"], front.EnumerateObject().Select(section => section.Name));
    }

    private EdgeOptions Load(string text) => SettingsLoader.Load(Write(text), []);

    private string Write(string text)
    {
        string path = Path.Join(_folder, "edgecnn.json");
        File.WriteAllText(path, text);
        return path;
    }
}
