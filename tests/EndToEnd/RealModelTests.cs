using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>The commands on real networks and real pictures.</summary>
public sealed class RealModelTests : IDisposable
{
    private const string Pictures = "coco128/images";
    private const string Annotations = "coco128/instances_train2017.json";
    private const string Judge = "tools/cocoeval.py";

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [SharedDataTheory("models", Pictures)]
    [InlineData("yolox_nano", "000000000036.jpg", "person", "umbrella")]
    [InlineData("nanodet_m", "000000000036.jpg", "person", "umbrella")]
    [InlineData("yolov8n", "000000000009.jpg", "bowl", "broccoli")]
    [InlineData("yolov8n_int8", "000000000034.jpg", "zebra")]
    [InlineData("yolox_nano", "000000000074.jpg", "bicycle", "dog")]
    public void Detect_finds_what_a_picture_shows(string model, string picture, params string[] expected)
    {
        JsonElement image = Edgecnn.Run(
            "detect", Repository.Data($"{Pictures}/{picture}"), "--model", Repository.Data($"models/{model}.onnx"),
            "--json").Succeeded().Json;

        Assert.Equal(["image", "width", "height", "detections", "ms"], image.EnumerateObject().Select(property => property.Name));
        JsonElement[] detections = [.. image.GetProperty("detections").EnumerateArray()];
        foreach (string name in expected) Assert.Contains(detections, found => found.GetProperty("class").GetString() == name);
        double previous = 1;
        foreach (JsonElement found in detections)
        {
            Assert.Equal(["class", "class_id", "confidence", "box"], found.EnumerateObject().Select(property => property.Name));
            Box box = BoxOf(found);
            Assert.True(box.X >= 0 && box.Y >= 0 && box.Width > 0 && box.Height > 0, box.ToString());
            Assert.True(
                box.Right <= image.GetProperty("width").GetInt32() + 0.01 && box.Bottom <= image.GetProperty("height").GetInt32() + 0.01,
                box.ToString());
            Assert.InRange(found.GetProperty("confidence").GetDouble(), 0.25, previous);
            previous = found.GetProperty("confidence").GetDouble();
        }
    }

    [SharedDataTheory("models", Pictures)]
    [InlineData("yolox_nano")]
    [InlineData("nanodet_m")]
    [InlineData("ultraface")]
    public void The_engine_and_ONNX_Runtime_give_the_same_boxes(string model)
    {
        string[] pictures = [.. Directory.GetFiles(Repository.Data(Pictures)).Order(StringComparer.Ordinal).Take(6)];
        JsonElement[] ours = Detect("engine"), theirs = Detect("onnxruntime");

        Assert.Equal(ours.Length, theirs.Length);
        Assert.True(ours.Sum(image => image.GetProperty("detections").GetArrayLength()) > 0);
        foreach ((JsonElement our, JsonElement their) in ours.Zip(theirs))
        {
            JsonElement[] found =
                [.. our.GetProperty("detections").EnumerateArray()], expected = [.. their.GetProperty("detections").EnumerateArray()];
            string picture = our.GetProperty("image").GetString()!;
            Assert.True(found.Length == expected.Length, $"{picture}: {found.Length} objects, ONNX Runtime finds {expected.Length}");
            foreach ((JsonElement a, JsonElement b) in found.Zip(expected))
            {
                Assert.Equal(b.GetProperty("class").GetString(), a.GetProperty("class").GetString());
                Assert.Equal(b.GetProperty("confidence").GetDouble(), a.GetProperty("confidence").GetDouble(), 0.001);
                Box box = BoxOf(a), other = BoxOf(b);
                Assert.True(
                    Math.Abs(box.X - other.X) < 1 && Math.Abs(box.Y - other.Y) < 1 && Math.Abs(box.Right - other.Right) < 1
                        && Math.Abs(box.Bottom - other.Bottom) < 1,
                    $"{picture}: {box} against {other}");
            }
        }

        JsonElement[] Detect(string backend) =>
            Edgecnn.Run(["detect", .. pictures, "--model", Repository.Data($"models/{model}.onnx"), "--backend", backend, "--json"])
                .Succeeded().JsonLines;
    }

    [SharedDataFact("models/yolox_nano.onnx", Pictures)]
    public void Annotated_pictures_keep_their_names_and_a_video_becomes_a_video()
    {
        string picture = Repository.Data($"{Pictures}/000000000036.jpg"), video = _workspace["walk.mp4"], folder = _workspace["out"];
        using (Frame frame = ImageFile.Read(picture))
        using (VideoFile file = VideoFile.Create(video, video, frame.Width, frame.Height))
        {
            for (int i = 0; i < 3; i++) file.Add(frame);
        }

        JsonElement[] lines = Edgecnn.Run(
            "detect", picture, video, "--model", Repository.Data("models/yolox_nano.onnx"), "--save", folder,
            "--json").Succeeded().JsonLines;

        Assert.Equal(4, lines.Length);
        Assert.False(lines[0].TryGetProperty("frame", out _));
        Assert.Equal([0, 1, 2], lines.Skip(1).Select(line => line.GetProperty("frame").GetInt32()));
        Assert.Equal(["000000000036.jpg", "walk.mp4"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using Frame annotated = ImageFile.Read(Path.Combine(folder, "000000000036.jpg"));
        Assert.Equal((481, 640), (annotated.Width, annotated.Height));
        JsonElement[] again = Edgecnn.Run(
            "detect", Path.Combine(folder, "walk.mp4"), "--model", Repository.Data("models/yolox_nano.onnx"),
            "--json").Succeeded().JsonLines;
        Assert.Equal(3, again.Length);
    }

    [SharedDataTheory("models", Pictures)]
    [InlineData("mnist")]
    [InlineData("resnet20")]
    [InlineData("ultraface")]
    [InlineData("nanodet_m")]
    [InlineData("yolox_nano")]
    [InlineData("yolov8n")]
    [InlineData("yolov8n_int8")]
    public void Every_node_of_the_engine_agrees_with_ONNX_Runtime_on_real_pictures(string model)
    {
        JsonElement result = Edgecnn.Run(
            "compare", Repository.Data($"models/{model}.onnx"), "--images", Repository.Data(Pictures), "--limit", "1",
            "--json").Succeeded().Json;

        Assert.Equal(1, result.GetProperty("images").GetInt32());
        Assert.Equal(model == "yolov8n_int8", result.TryGetProperty("rounding", out _));
        Assert.All(result.GetProperty("tensors").EnumerateArray(), tensor =>
        {
            // Ten times better than what the command asks for.
            if (tensor.TryGetProperty("own", out JsonElement own)) Assert.InRange(own.GetDouble(), 0, 1e-5);
            else Assert.InRange(tensor.GetProperty("own_units").GetDouble(), 0, 1);
            if (tensor.GetProperty("output").GetBoolean())
                Assert.InRange(tensor.GetProperty("accumulated").GetDouble(), 0, 1e-4);
        });
    }

    [SharedDataFact("models/resnet20.onnx", Pictures)]
    public void What_differs_by_more_than_the_tolerance_is_named()
    {
        string[] arguments = ["compare", Repository.Data("models/resnet20.onnx"), "--images", Repository.Data(Pictures), "--limit", "1",
            "--tolerance", "1e-8"];
        JsonElement result = Edgecnn.Run([.. arguments, "--json"]).Json;
        Outcome table = Edgecnn.Run(arguments);

        Assert.False(result.GetProperty("equal").GetBoolean());
        JsonElement worst = result.GetProperty("tensors").EnumerateArray().First(tensor => tensor.GetProperty("op").GetString() == "Conv");
        Assert.False(worst.GetProperty("passes").GetBoolean());
        Assert.InRange(worst.GetProperty("own").GetDouble(), 1e-8, 1e-5);
        Assert.Equal(1, table.ExitCode);
        Assert.Contains($"  {worst.GetProperty("name").GetString()}  FAILS", table.Output, StringComparison.Ordinal);
        Assert.Contains("tensors differ by more than 1E-08", table.Output, StringComparison.Ordinal);
    }

    [SharedDataFact("models/yolox_nano.onnx", Pictures, Annotations)]
    public void Evaluate_gives_the_same_precision_in_both_back_ends()
    {
        JsonElement engine = Evaluate("engine"), reference = Evaluate("onnxruntime");

        Assert.Equal(["model", "backend", "images", "map", "map50"], engine.EnumerateObject().Select(property => property.Name));
        Assert.Equal(16, engine.GetProperty("images").GetInt32());
        Assert.Equal(reference.GetProperty("map").GetDouble(), engine.GetProperty("map").GetDouble(), 0.002);
        Assert.InRange(engine.GetProperty("map").GetDouble(), 0.2, 0.8);
        Assert.InRange(engine.GetProperty("map50").GetDouble(), engine.GetProperty("map").GetDouble(), 1);

        JsonElement Evaluate(string backend) => Edgecnn.Run(
            "evaluate", Repository.Data("models/yolox_nano.onnx"), "--dataset", Repository.Data(Annotations), "--images",
            Repository.Data(Pictures),
            "--limit", "16", "--backend", backend, "--json").Succeeded().Json;
    }

    /// <summary>The judge is the shared data's own, which needs Python with numpy.</summary>
    [NumpyFact("models/nanodet_m.onnx", Pictures, Annotations, Judge)]
    public void Evaluate_agrees_with_an_independent_evaluation_of_the_same_detections()
    {
        string found = _workspace["found.json"];
        JsonElement score = Edgecnn.Run(
            "evaluate", Repository.Data("models/nanodet_m.onnx"), "--dataset", Repository.Data(Annotations), "--images",
            Repository.Data(Pictures),
            "--detections", found, "--json").Succeeded().Json;

        string report = NumpyFactAttribute.Run(Repository.Data(Judge), Repository.Data(Annotations), found);

        string[] judged = report.Trim().Split('\n')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(double.Parse(judged[^2], CultureInfo.InvariantCulture), 100 * score.GetProperty("map").GetDouble(), 0.0051);
        Assert.Equal(double.Parse(judged[^1], CultureInfo.InvariantCulture), 100 * score.GetProperty("map50").GetDouble(), 0.0051);
    }

    [SharedDataFact("models/mnist.onnx", "mnist")]
    public void Evaluate_reads_digits_in_folders_of_classes()
    {
        byte[] pictures = Unpacked("mnist/t10k-images-idx3-ubyte.gz")[16..], labels = Unpacked("mnist/t10k-labels-idx1-ubyte.gz")[8..];
        for (int digit = 0; digit < 10; digit++) _workspace.Folder($"{digit}");
        for (int i = 0; i < 500; i++)
            _workspace.Bytes($"{labels[i]}/{i}.pgm", [.. "P5 28 28 255\n"u8, .. pictures.AsSpan(i * 784, 784)]);

        JsonElement score = Edgecnn.Run("evaluate", Repository.Data("models/mnist.onnx"), "--images", _workspace.Root, "--json").Succeeded()
            .Json;

        Assert.Equal(500, score.GetProperty("images").GetInt32());
        Assert.InRange(score.GetProperty("top1").GetDouble(), 0.97, 1);
        Assert.InRange(score.GetProperty("top5").GetDouble(), 0.99, 1);

        static byte[] Unpacked(string file)
        {
            using GZipStream packed = new(File.OpenRead(Repository.Data(file)), CompressionMode.Decompress);
            using MemoryStream plain = new();
            packed.CopyTo(plain);
            return plain.ToArray();
        }
    }

    [SharedDataTheory("models")]
    [InlineData("mnist", 8, 11)]
    [InlineData("yolov8n", 13, 100)]
    [InlineData("yolov8n_int8", 12, 100)]
    [InlineData("yolox_nano", 11, 100)]
    public void Inspect_reads_every_model(string model, int opset, int layers)
    {
        JsonElement result = Edgecnn.Run("inspect", Repository.Data($"models/{model}.onnx"), "--json").Succeeded().Json;

        Assert.Equal(opset, result.GetProperty("opset").GetInt32());
        Assert.True(result.GetProperty("layers").GetArrayLength() >= layers);
        Assert.Equal(0, result.GetProperty("unsupported").GetArrayLength());
        Assert.Equal(result.GetProperty("macs").GetInt64(),
            result.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("macs").GetInt64()));
        Assert.Equal(result.GetProperty("parameters").GetInt64(),
            result.GetProperty("layers").EnumerateArray().Sum(layer => layer.GetProperty("parameters").GetInt64()));
    }

    private static Box BoxOf(JsonElement detection)
    {
        float[] numbers = [.. detection.GetProperty("box").EnumerateArray().Select(number => number.GetSingle())];
        Assert.Equal(4, numbers.Length);
        return new Box(numbers[0], numbers[1], numbers[2], numbers[3]);
    }
}
