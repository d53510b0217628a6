using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Debugging.Sheets;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Insight;

namespace EdgeCnn.EdgeRuntime.Commands.Looking;

/// <summary>Draws the sheets of one network and one picture.</summary>
internal sealed record ShowRun
{
    /// <summary>The longer side of a dream, where the network's layers take images of any size.</summary>
    private const int DreamSide = 512;

    public required string Path { get; init; }

    public required OnnxReadOptions Open { get; init; }

    public required string Image { get; init; }

    public required string Folder { get; init; }

    /// <summary>What is to be shown.</summary>
    public required IReadOnlyList<string> Subjects { get; init; }

    /// <summary>How many get a sheet.</summary>
    public required int Layers { get; init; }

    public required string? Layer { get; init; }

    public required string? Class { get; init; }

    public required string? Dream { get; init; }

    public required Box? Template { get; init; }

    public required string? Labels { get; init; }

    public required int Threads { get; init; }

    public required bool Json { get; init; }

    private string Source => $"{System.IO.Path.GetFileName(Path)}, {System.IO.Path.GetFileName(Image)}";

    private string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <returns>The exit code.</returns>
    public int Execute(CancellationToken cancellation)
    {
        Graph graph = OnnxModel.Read(Path, Open);
        using Frame picture = ImageFile.Read(Image);
        AnnotatedFiles.Create(Folder, "--out");
        (ModelTask? task, Preprocessing how) = Task(graph);
        Preprocessor preprocessor = new(how, Describe(graph, graph.Inputs[0]));
        float[] input = new float[graph.Values[graph.Inputs[0]].Shape.Count];
        Placement placement = preprocessor.Run(picture.View, input);

        Dictionary<string, Action> subjects = new()
        {
            ["filters"] = () => Write(new("filters", "filters.png"), FilterSheet.Of(graph, how.Channels, Source)
                ?? throw new ModelException(
                    "The weights of the first convolution are no floats in the file, so its filters are not shown.")),
            ["features"] = () => Features(
                graph, input, layer =>
                    layer.Uncovered(placement, (picture.Width, picture.Height), (preprocessor.Width, preprocessor.Height)), cancellation),
            ["evidence"] = () => Evidence(graph, task, picture, placement, preprocessor, input),
            ["dream"] = () => Dreamt(graph, how, picture, cancellation),
            ["edges"] = () => Write(new("edges", "edges.png"), ClassicSheets.Edges(picture, Source, Threads)),
            ["template"] = () => Write(new("template", "template.png"), ClassicSheets.Template(picture, Template, Source, Threads)),
        };
        int shown = 0;
        foreach (string subject in Subjects)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                subjects[subject]();
                shown++;
            }
            catch (ModelException e) when (Subjects.Count > 1)
            {
                // One that this network does not have is no reason to leave out the others.
                Complaints.Note([$"No sheet of {subject}: {e.Message}"]);
            }
        }
        return shown > 0 ? 0 : 1;
    }

    private (ModelTask? Task, Preprocessing How) Task(Graph graph)
    {
        NamedValue input = Describe(graph, graph.Inputs[0]);
        try
        {
            ModelCard settings = new() { Labels = Labels is { } file ? Models.Tasks.Labels.Load(file) : null };
            ModelTask task = ModelTask.Resolve(
                [.. graph.Inputs.Select(name => Describe(graph, name))], [.. graph.Outputs.Select(name => Describe(graph, name))],
                graph.Metadata, ModelCard.Beside(Path), settings);
            Complaints.Note(task.Assumptions);
            return (task, task.Preprocessing);
        }
        catch (ModelException e)
        {
            (int channels, _, _, _) = Preprocessor.PictureShape(input);
            Complaints.Note([$"{e.Message} The picture is fed stretched, with values from 0 to 1."]);
            return (null,
                new Preprocessing { Resize = ResizePolicy.Stretch, Channels = channels == 1 ? ChannelOrder.Grey : ChannelOrder.Rgb });
        }
    }

    private void Features(Graph graph, float[] input, Func<LayerMaps, LayerMaps> uncovered, CancellationToken cancellation)
    {
        string[] all = ShownLayers.Of(graph);
        if (Layer is { } only)
        {
            if (!graph.Values.TryGetValue(only, out ValueInfo? value) || !ShownLayers.IsMap(value, graph.Values[graph.Inputs[0]].Shape)
                || graph.Constants.ContainsKey(only))
                throw new SettingsException($"--layer: the model has no layer '{only}' with maps; 'edgecnn inspect' lists the layers.");
            LayerMaps its = uncovered(ShownLayers.Compute(graph, [only], input, Threads)[0]);
            Write(new("features", $"features-{FileName(only)}.png", only), FeatureSheets.Of(its, Source));
            return;
        }
        if (all.Length == 0) throw new ModelException("The network has no layer with maps of more than one place.");
        // The overview has eight rows, whatever the number of sheets.
        string[] shown = ShownLayers.Evenly(all, Layers);
        string[] wanted = [.. shown.Union(ShownLayers.Evenly(all, 8)).OrderBy(name => Array.IndexOf(all, name))];
        LayerMaps[] maps = [.. ShownLayers.Compute(graph, wanted, input, Threads).Select(uncovered)];
        LayerMaps[] rows = [.. maps.Where(layer => ShownLayers.Evenly(all, 8).Contains(layer.Name))];
        Write(new("overview", "overview.png"), FeatureSheets.Overview(rows, Name, Source));
        foreach ((int number, LayerMaps layer) in maps.Where(layer => shown.Contains(layer.Name)).Index())
        {
            cancellation.ThrowIfCancellationRequested();
            string file = string.Create(CultureInfo.InvariantCulture, $"features-{number + 1:00}-{FileName(layer.Name)}.png");
            Write(new("features", file, layer.Name), FeatureSheets.Of(layer, Source));
        }
    }

    private void Evidence(Graph graph, ModelTask? task, Frame picture, Placement placement, Preprocessor preprocessor, float[] input)
    {
        if (task is null) throw new ModelException("It is not known what the model is for, so it names no class.");
        using GradCam cam = new(graph, task, Layer, Threads);
        List<ClassEvidence> found = Class is { } wanted ? [cam.Of(input, ClassId(task, wanted))] : [cam.Of(input)];
        if (Class is null && task.Kind == TaskKind.Classify)
        {
            List<ClassScore> answers = [];
            new Classifier(task).Decode(Outputs(graph, input), 3, answers);
            found = [.. answers.Select(answer => cam.Of(input, answer.ClassId))];
        }
        string[] captions = [.. found.Select(evidence => string.Create(
            CultureInfo.InvariantCulture, $"{task.Labels[evidence.ClassId]}, score {evidence.Score:0.00}"))];
        Box? box = task.Kind == TaskKind.Detect ? Detected(graph, task, picture, found[0].ClassId) : null;
        EvidenceOfClass[] classes =
            [.. found.Select(evidence => new EvidenceOfClass(task.Labels[evidence.ClassId], evidence.ClassId, evidence.Score))];
        Write(
            new("evidence", "evidence.png", found[0].Layer, classes),
            EvidenceSheet.Of(picture, placement, (preprocessor.Width, preprocessor.Height), found, captions, box, Source));
    }

    /// <summary>The surest object of a class, if it is sure enough to be reported.</summary>
    private Box? Detected(Graph graph, ModelTask task, Frame picture, int classId)
    {
        Detector detector = new(task);
        float[] input = new float[graph.Values[graph.Inputs[0]].Shape.Count];
        detector.Prepare(picture.View, input);
        List<Detection> found = [];
        detector.Decode(Outputs(graph, input), found);
        return found.Where(detection => detection.ClassId == classId).Select(detection => (Box?)detection.Box).FirstOrDefault();
    }

    private OutputReader Outputs(Graph graph, float[] input)
    {
        using Network network = Network.Load(graph, new EngineOptions(Threads));
        input.CopyTo(network.Input<float>(0));
        network.Run();
        float[][] outputs =
            [.. network.Outputs.Select((output, i) => output.Type == ElementType.Float32 ? network.Output<float>(i).ToArray() : [])];
        return index => outputs[index];
    }

    private void Dreamt(Graph graph, Preprocessing how, Frame picture, CancellationToken cancellation)
    {
        Dream dream = Wish(graph);
        (_, int height, int width, bool interleaved) = Preprocessor.PictureShape(Describe(graph, graph.Inputs[0]));
        if (interleaved) throw new ModelException("Its input has the channels innermost, which dreams do not.");
        double scale = (double)DreamSide / Math.Max(picture.Width, picture.Height);
        ImageSize size = new(Rounded(picture.Height * scale), Rounded(picture.Width * scale));
        try
        {
            GraphCut.Upto(graph, [dream.Layer], size);
        }
        catch (ModelException)
        {
            // Layers that only fit the network's own size.
            (size, dream) = (new ImageSize(height, width), dream with { Octaves = 1, Steps = 60 });
        }
        Planes levels = DreamSheet.Levels(picture, size.Width, size.Height, how.Channels);
        Planes dreamt;
        using (Progress progress = new("dream", DeepDream.StepsOf(levels, dream)))
            dreamt = DeepDream.Run(graph, how, levels, dream, Threads, progress.Until(cancellation));
        Write(new("dream", "dream.png", dream.Layer), DreamSheet.Of(levels, dreamt, how.Channels, dream, Source));

        static int Rounded(double side) => Math.Max(32, (int)Math.Round(side / 32) * 32);
    }

    /// <summary>
    /// What the command line says; else a layer from the middle of the network, where forms have appeared and not yet things.
    /// </summary>
    private Dream Wish(Graph graph)
    {
        if (Dream is not { } wish)
        {
            string[] layers = ShownLayers.Of(graph);
            return layers.Length > 0
                ? new Dream(layers[layers.Length / 2])
                : throw new ModelException("The network has no layer with maps.");
        }
        int colon = wish.LastIndexOf(':');
        if (!graph.Values.ContainsKey(wish) && colon > 0
            && int.TryParse(wish.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int channel))
            return new Dream(wish[..colon], channel);
        return new Dream(wish);
    }

    private static int ClassId(ModelTask task, string wanted)
    {
        int id = task.Labels.ToList().FindIndex(label => string.Equals(label, wanted, StringComparison.OrdinalIgnoreCase));
        if (id < 0 && int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < task.Labels.Count)
            id = number;
        return id >= 0 ? id : throw new SettingsException(
            $"--class: the model knows no class '{wanted}'; it has {string.Join(", ", task.Labels.Take(10))}{(task.Labels.Count > 10 ? " ..." : "")}.");
    }

    /// <param name="shown">What it shows; its file lies in the folder.</param>
    /// <param name="sheet">Is saved and freed.</param>
    private void Write(ShownSheet shown, Sheet sheet)
    {
        using (sheet)
        {
            shown = shown with { File = System.IO.Path.Combine(Folder, shown.File) };
            sheet.Save(shown.File);
            Console.Out.WriteLine(Json ? JsonSerializer.Serialize(shown, Documents.Json.ShownSheet) : shown.File);
        }
    }

    private static NamedValue Describe(Graph graph, string value) => new(value, graph.Values[value].Type, graph.Values[value].Shape);

    private static string FileName(string layer) =>
        string.Concat(layer.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).Trim('-', '.');
}
