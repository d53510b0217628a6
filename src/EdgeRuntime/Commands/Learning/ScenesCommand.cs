using System.CommandLine;
using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Scenes;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>edgecnn scenes: writes drawn scenes as a labelled data set, or as a film.</summary>
internal static class ScenesCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static Command Create()
    {
        Option<string> output = Settings.Folder("--out", "A folder for pictures and their labels, or NAME.mp4 for a film.", "-o");
        output.HelpName = "folder|film.mp4";
        Option<int> count = Settings.Number("--count", "Pictures, or frames of the film.", 1, 1_000_000, 300, "-n");
        Option<int> seed = Settings.Number("--seed", "Other seeds, other scenes; equal seeds give equal pictures.", 0, int.MaxValue, 1);
        Option<ImageSize?> size = Settings.ImageSize("Size of the pictures in pixels (default: 320x256).");
        Option<double> fps = Settings.Number("--fps", "Frames per second of the film.", 1.0, 240.0, 30.0);
        DocumentedCommand command = new(
            "scenes",
            "Draw scenes of a robot's arena: balls, cones, cubes and printed targets, with a box for each object.",
            "edgecnn scenes --out data --count 2000              # images/, labels/, data.yaml, annotations.json",
            "edgecnn scenes --out arena.mp4 --count 900 --seed 7 # what the camera synthetic:7 sees")
        {
            output, count, seed, size, fps,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(output);
            ImageSize pixels = parsed.GetValue(size) ?? new ImageSize(256, 320);
            (int number, int first) = (parsed.GetValue(count), parsed.GetValue(seed));
            if (Path.GetExtension(path).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
                WriteFilm(path, number, first, pixels, parsed.GetValue(fps), cancellation);
            else
                WriteData(path, number, first, pixels, cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void WriteData(string folder, int count, int seed, ImageSize size, CancellationToken cancellation)
    {
        SyntheticDataset scenes = new((ulong)seed, count, size.Width, size.Height);
        using LabelledFiles files = new(folder, Scene.Labels);
        using Progress progress = new("scenes", count);
        for (int i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            files.Add(string.Create(CultureInfo.InvariantCulture, $"{i:D6}"), scenes.Load(i));
            progress.Report(i + 1);
        }
        files.Finish();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {count} pictures, {files.Boxes} objects"));
    }

    private static void WriteFilm(string path, int count, int seed, ImageSize size, double fps, CancellationToken cancellation)
    {
        CaptureOptions options = new()
        {
            Source = string.Create(CultureInfo.InvariantCulture, $"synthetic:{seed}"),
            Width = size.Width,
            Height = size.Height,
            Fps = fps,
            Realtime = false,
        };
        using ICamera camera = Cameras.Open(options, TimeProvider.System, NullLogger.Instance);
        camera.Start();
        using VideoFile film = VideoFile.Create(path, fps, size.Width, size.Height);
        using Progress progress = new("frames", count);
        for (int i = 0; i < count; i++)
        {
            using Frame frame = camera.Take(Patience, cancellation) ?? throw new EdgeException($"{camera.Description} stopped: {camera.Status.Detail}");
            film.Add(frame);
            progress.Report(i + 1);
        }
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {count} frames of {camera.Description}"));
    }
}
