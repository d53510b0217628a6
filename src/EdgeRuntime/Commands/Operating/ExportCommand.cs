using System.CommandLine;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Recording.Export;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Commands.Operating;

/// <summary>`edgecnn export`: a recording in the formats of other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("DIR") { Description = "The recording's folder." };
        Option<string?> mcap =
            new("--mcap") { Description = "Write an MCAP file for Foxglove: pictures and boxes over time.", HelpName = "file" };
        Option<string?> yolo =
            new("--yolo") { Description = "Write a data set in YOLO's layout: images, labels, data.yaml.", HelpName = "folder" };
        Option<double> confidence = Settings.Number(
            "--confidence", "YOLO: leave out detections less certain than this.", 0.0, 1.0, 0.0, "-c");
        Option<int> every = Settings.Number("--every", "YOLO: take one of so many pictures.", 1, 1_000_000, 1);
        DocumentedCommand command = new(
            "export",
            "Turn a recording into an MCAP file that Foxglove opens, or into a data set for training.",
            "edgecnn export recordings/20261122-143622 --mcap run.mcap            # for Foxglove",
            "edgecnn export recordings/20261122-143622 --yolo data --every 15     # two pictures per second of a recording at 30")
        {
            folder, mcap, yolo, confidence, every,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(mcap) is null && result.GetValue(yolo) is null)
                result.AddError("Say what to write: --mcap FILE or --yolo FOLDER.");
        });
        command.SetAction(parsed =>
        {
            using RecordingReader recording = RecordingReader.Open(parsed.GetRequiredValue(folder));
            if (parsed.GetValue(mcap) is { } file)
            {
                long frames = 0;
                WholeFile.Write(file, stream => frames = McapExport.Write(recording, stream));
                Say(file, frames, recording);
                recording.Rewind();
            }
            if (parsed.GetValue(yolo) is { } data)
                Say(data, YoloExport.Write(recording, data, parsed.GetValue(confidence), parsed.GetValue(every)), recording);
            return 0;
        });
        return command;
    }

    private static void Say(string written, long frames, RecordingReader recording)
    {
        string damaged = recording.Damaged > 0 ? $" ({recording.Damaged} damaged ones left out)" : "";
        Console.Out.WriteLine(FormattableString.Invariant($"{written}: {frames} pictures{damaged}"));
    }
}
