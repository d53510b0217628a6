using System.CommandLine;
using System.Globalization;
using System.Text;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Commands.Looking;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.Models;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Data;
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
        Option<bool> masks = new("--masks")
        {
            Description = "Write the class of each pixel (masks/) in the place of boxes, for segmenters.",
        };
        Option<double> fps = Settings.Number("--fps", "Frames per second of the film.", 1.0, 240.0, 30.0);
        DocumentedCommand command = new(
            "scenes",
            "Draw scenes of a robot's arena: balls, cones, cubes and printed targets, with a box for each object.",
            "edgecnn scenes --out data --count 2000              # images/, labels/, data.yaml, annotations.json",
            "edgecnn scenes --out data --count 2000 --masks     # images/, masks/, classes.txt",
            "edgecnn scenes --out arena.mp4 --count 900 --seed 7 # what the camera synthetic:7 sees")
        {
            output, count, seed, size, masks, fps,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(output);
            ImageSize pixels = parsed.GetValue(size) ?? new ImageSize(256, 320);
            (int number, int first) = (parsed.GetValue(count), parsed.GetValue(seed));
            bool isFilm = Path.GetExtension(path).Equals(".mp4", StringComparison.OrdinalIgnoreCase), masked = parsed.GetValue(masks);
            if (isFilm && masked) throw new SettingsException("--masks is for pictures; a film has none.");
            if (isFilm) WriteFilm(path, number, first, pixels, parsed.GetValue(fps), cancellation);
            else if (masked) WriteMasks(path, number, first, pixels, cancellation);
            else WriteData(path, number, first, pixels, cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void WriteData(string folder, int count, int seed, ImageSize size, CancellationToken cancellation)
    {
        SyntheticDataset scenes = new((ulong)seed, count, size.Width, size.Height);
        using LabelledFiles files = new(folder, Scene.Labels);
        Each(scenes, files.Add, cancellation);
        files.Finish();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {count} pictures, {files.Boxes} objects"));
    }

    private static void WriteMasks(string folder, int count, int seed, ImageSize size, CancellationToken cancellation)
    {
        string images = Path.Join(folder, "images"), masks = Path.Join(folder, "masks");
        AnnotatedFiles.Create(images, "--out");
        AnnotatedFiles.Create(masks, "--out");
        SyntheticDataset scenes = new((ulong)seed, count, size.Width, size.Height, masks: true);
        Each(scenes, Write, cancellation);
        byte[] names = Encoding.UTF8.GetBytes(string.Join('\n', scenes.Labels) + "\n");
        WholeFile.Write(Path.Join(folder, "classes.txt"), file => file.Write(names));
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {count} pictures with masks"));

        void Write(string name, Example example)
        {
            using Frame frame = Frame.Of(example.Picture.View);
            ImageFile.Write(Path.Join(images, name + ".png"), frame);
            MaskFile.Write(Path.Join(masks, name + ".png"), new ClassMask(size.Width, size.Height, example.Mask!));
        }
    }

    private static void Each(SyntheticDataset scenes, Action<string, Example> write, CancellationToken cancellation)
    {
        using Progress progress = new("scenes", scenes.Count);
        for (int i = 0; i < scenes.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            write(string.Create(CultureInfo.InvariantCulture, $"{i:D6}"), scenes.Load(i));
            progress.Report(i + 1);
        }
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
            using Frame frame = camera.Take(Patience, cancellation)
                ?? throw new EdgeException($"{camera.Description} stopped: {camera.Status.Detail}");
            film.Add(frame);
            progress.Report(i + 1);
        }
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {count} frames of {camera.Description}"));
    }
}
