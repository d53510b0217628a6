using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>Finds the camera that the settings mean.</summary>
public static class Cameras
{
    /// <summary>The camera, not yet started.</summary>
    /// <exception cref="EdgeException">The source does not exist, or is none of the known forms: says what to do.</exception>
    public static ICamera Open(CaptureOptions options, TimeProvider time, ILogger log)
    {
        OpenCv.Load();
        CameraSource source = CameraSource.Parse(options);
        if (source.Advice.Length > 0) log.LogInformation("{Advice}", source.Advice);
        return source.Kind switch
        {
            SourceKind.Pattern => new PatternCamera(options, time, log),
            SourceKind.Recording => new RecordedCamera(source.Target, options, time, log),
            SourceKind.Synthetic => new SyntheticCamera(source.Target, options, time, log),
            SourceKind.Pictures => new PicturesCamera(source.Target, options, time, log),
            SourceKind.Video => new VideoCamera(source.Target, options, time, log),
            _ =>
                new LiveCamera(
                    CameraSource.WithoutPassword(options.Source), () => LiveSource.Open(source, options, time), options, time, log),
        };
    }
}
