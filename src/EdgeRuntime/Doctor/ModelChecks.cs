using System.Diagnostics;
using System.Globalization;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Doctor;

/// <summary>The configuration against its schema, and the model against what computes it.</summary>
internal static class ModelChecks
{
    /// <summary>The settings, or what is wrong with them.</summary>
    public static (EdgeOptions Options, Finding Finding) Settings(string? config, IReadOnlyList<string> overrides)
    {
        string? file = SettingsLoader.FileInUse(config);
        try
        {
            EdgeOptions options = SettingsLoader.Load(config, overrides);
            return (options,
                Finding.Ok("settings", file is null ? "There is no configuration file; the defaults hold." : $"{file} is in order."));
        }
        catch (SettingsException e)
        {
            return (new EdgeOptions(),
                Finding.Problem(
                    "settings", e.Message, "Mend it; what follows is judged by the defaults. 'edgecnn settings' lists all settings."));
        }
    }

    public static IEnumerable<Finding> Model(CameraSettings camera)
    {
        (EdgeOptions options, string area) = (camera.Options, camera.Area("model"));
        if (options.Model.Path.Length == 0)
        {
            yield return Finding.Note(area, "Model:Path is not set.", "Name an ONNX file, for instance --Model:Path=model.onnx.");
            yield break;
        }
        foreach (Finding finding in Loaded(options, area)) yield return finding;
    }

    private static List<Finding> Loaded(EdgeOptions options, string area)
    {
        List<Finding> findings = [];
        try
        {
            using VisionModel model = VisionModel.Load(options.Model, options.Inference);
            model.Network.Run();
            long start = Stopwatch.GetTimestamp();
            model.Network.Run();
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            string kind = model.Detector is null ? "classifier" : "detector";
            findings.Add(Finding.Ok(area, string.Create(
                CultureInfo.InvariantCulture,
                $"{options.Model.Path} is a {kind} of {model.Labels.Count} classes, input {model.Network.Inputs[0].Shape}; {model.Network.Backend} computes it in {milliseconds:0.0} ms.")));
            findings.AddRange(model.Assumptions.Select(
                assumption => Finding.Note(area, assumption, "Say otherwise in a model card beside the file, if it is not so.")));
            // Targets and heights that name classes are held against the model's.
            _ = new Tracking.Targeting(options.Target, model.Labels);
            _ = new Tracking.Aiming(options.Aim, model.Labels);
            if (options.Inference.Backend == InferenceOptions.Engine && model.Network.Fallbacks.Count == 0)
                findings.Add(Kernels(options, model, area));
        }
        catch (Exception e) when (e is EdgeException or ModelException or IOException or UnauthorizedAccessException)
        {
            findings.Add(Finding.Problem(
                area, e.Message,
                "'edgecnn inspect' lists what is in the file and what the engine does not know; Inference:Backend=onnxruntime may know it."));
        }
        return findings;
    }

    /// <summary>Where the time goes: the kernels that the engine chose, the dearest first.</summary>
    private static Finding Kernels(EdgeOptions options, VisionModel model, string area)
    {
        Shape input = model.Network.Inputs[0].Shape;
        OnnxReadOptions open = new() { Width = input[^1], Height = input[^2] };
        EngineOptions profiled = new() { Threads = options.Inference.ThreadsInUse, Profile = true };
        using Network network = Network.Load(OnnxModel.Read(options.Model.Path, open), profiled);
        network.Run();
        network.Run();
        IReadOnlyList<StepProfile> steps = network.Profile();
        double all = steps.Sum(step => step.Milliseconds);
        IEnumerable<string> dearest = steps.GroupBy(step => step.Kernel)
            .Select(kernel => (Name: kernel.Key, Share: kernel.Sum(step => step.Milliseconds) / Math.Max(all, 1e-9)))
            .OrderByDescending(kernel => kernel.Share).Take(4)
            .Select(
                kernel =>
                    string.Create(CultureInfo.InvariantCulture, $"{kernel.Name} {kernel.Share:P0}")
                        .Replace(" %", "%", StringComparison.Ordinal));
        return Finding.Ok(area, string.Create(
            CultureInfo.InvariantCulture,
            $"{steps.Count} steps on {network.Threads} threads; the time goes to {string.Join(", ", dearest)}."));
    }
}
