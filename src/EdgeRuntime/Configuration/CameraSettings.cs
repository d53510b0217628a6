using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Engine;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>The settings of one camera: those that all share, with its own in their places.</summary>
/// <param name="Name">As the configuration has it; "camera" for the only one of a configuration that names none.</param>
/// <param name="Options">All sections.</param>
internal sealed record CameraSettings(string Name, EdgeOptions Options)
{
    public const string OnlyName = "camera";

    /// <summary>What is found out about a part of one of several cameras: "front model"; of the only one: "model".</summary>
    public string Area(string part) => Name == OnlyName ? part : $"{Name} {part}";

    /// <summary>The cameras in the order of the configuration.</summary>
    public static IReadOnlyList<CameraSettings> Of(EdgeOptions options)
    {
        if (options.Cameras.Count == 0) return [new(OnlyName, options)];
        CameraSettings[] cameras =
            [.. options.Cameras.Select(camera => new CameraSettings(camera.Key, Compose(options, camera.Key, camera.Value)))];
        DivideThreads(cameras, options.Inference.Threads);
        return cameras;
    }

    /// <summary>Which of the cameras reads the device of another one, which has it alone; null: none does.</summary>
    public static (string Name, string Other)? SameDevice(IReadOnlyDictionary<string, CameraSections> cameras)
    {
        Dictionary<string, string> readers = [];
        foreach ((string name, CameraSections own) in cameras)
        {
            if (CameraSource.DeviceOf(own.Camera.Source) is not { } device) continue;
            if (!readers.TryAdd(device, name)) return (name, readers[device]);
        }
        return null;
    }

    private static EdgeOptions Compose(EdgeOptions shared, string name, CameraSections own)
    {
        EdgeOptions options = shared.Copy();
        options.Cameras = [];
        (options.Camera, options.Model, options.Inference) = (own.Camera, own.Model, own.Inference);
        (options.Tracking, options.Target, options.Aim) = (own.Tracking, own.Target, own.Aim);
        (options.Record, options.Care) = (own.Record.In(name), own.Care);
        return options;
    }

    /// <summary>
    /// Every camera brings an even share of the threads, one at least, and the first ones what is left over; a network that several
    /// cameras use in turns computes with the shares of all of them. A camera whose own settings name a number of threads has that, and
    /// the others share the rest.
    /// </summary>
    private static void DivideThreads(CameraSettings[] cameras, int shared)
    {
        int all = shared > 0 ? shared : Network.PhysicalCores;
        CameraSettings[] dividing = [.. cameras.Where(camera => camera.Options.Inference.Threads == shared)];
        int left = all - cameras.Except(dividing).Sum(camera => camera.Options.Inference.Threads);
        Dictionary<CameraSettings, int> shares = [];
        for (int i = 0; i < dividing.Length; i++)
            shares[dividing[i]] = Math.Max(1, (left / dividing.Length) + (i < left % dividing.Length ? 1 : 0));
        foreach (IGrouping<string, CameraSettings> network in dividing.GroupBy(static camera => NetworkOf(camera.Options)))
        {
            int threads = network.Sum(camera => shares[camera]);
            foreach (CameraSettings camera in network) camera.Options.Inference = camera.Options.Inference.With(threads);
        }
    }

    /// <summary>What is the same for cameras that can use one network.</summary>
    private static string NetworkOf(EdgeOptions options) => string.Join(
        '\n',
        [
            Path.GetFullPath(BundledModels.PathOf(options.Model.Path), Environment.CurrentDirectory),
            $"{options.Model.InputWidth}x{options.Model.InputHeight} {options.Inference.Backend}",
            $"{options.Inference.Fallback} {options.Inference.Spinning}", .. options.Inference.ExecutionProviders,
        ]);
}
