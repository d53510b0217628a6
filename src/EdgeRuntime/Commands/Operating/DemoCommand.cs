using System.CommandLine;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Demo;

namespace EdgeCnn.EdgeRuntime.Commands.Operating;

/// <summary>`edgecnn demo`: the whole program with a virtual robot at the far end.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        Option<string?> model = new("--model", "-m")
        {
            Description = "The network: an ONNX file (default: arena.int8, which finds balls, cones, cubes and targets).",
            HelpName = "model.onnx",
        };
        Option<string?> source = new("--source", "-s")
        {
            Description = "The camera: an index, a video, a folder ... (default: a drawn robot's arena).",
            HelpName = "source",
        };
        Option<double> seconds = Settings.Number("--seconds", "How long it runs, unless the source ends before.", 1.0, 3600.0, 10.0);
        Option<string> backend = Settings.Backend();
        Option<string?> save = new("--save")
        {
            Description = "Folder for the annotated picture (default: a new one in the system's temporary folder).",
            HelpName = "folder",
        };
        Option<bool> json = Settings.Json("the summary as one JSON document");
        DocumentedCommand command = new(
            "demo",
            "Run the main job for some seconds: camera -> network -> serial link -> a virtual robot on a pseudo-terminal. "
                + "Needs neither a camera nor a board.",
            "edgecnn demo                                               # a drawn arena, and the network that knows it",
            "edgecnn demo --model yolox_nano.onnx --source street.mp4   # your own network and video")
        {
            model, source, seconds, backend, save, json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            EdgeOptions options = new();
            options.Camera.Source = parsed.GetValue(source) ?? "synthetic";
            options.Inference.Backend = parsed.GetValue(backend)!;
            Demonstration demonstration = new(options, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(save));
            DemoSummary summary = await demonstration.RunAsync(parsed.GetValue(model), live: !parsed.GetValue(json), stop);
            summary.Print(parsed.GetValue(json));
            return 0;
        });
        return command;
    }
}
