using EdgeCnn.EdgeRuntime.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>What the page shows of one camera, and changes.</summary>
internal sealed record CameraPage(CameraLoop Loop, LiveFeed Feed, SettingsApi Settings, RecordingApi Recordings)
{
    public static CameraPage Of(CameraLoop loop, EdgeOptions options, DaemonObserver observer, ILogger log) => new(
        loop, new LiveFeed(options.Debug, loop, observer, TimeProvider.System, log), new SettingsApi(loop.Settings),
        new RecordingApi(loop.Recorder, loop.Snapshots, loop.Settings.Current.Record));
}

/// <summary>Finds the camera that a request means.</summary>
internal sealed class CameraPages(IReadOnlyList<CameraPage> all) : IDisposable
{
    public IReadOnlyList<CameraPage> All => all;

    public CameraPage First => all[0];

    /// <summary>The settings in force.</summary>
    public IEnumerable<CameraSettings> Settings =>
        all.Select(static page => new CameraSettings(page.Loop.Name, page.Loop.Settings.Current));

    /// <summary>Lets the camera of the query (?camera=front) answer, the first one without; a name that none has is refused.</summary>
    public RequestDelegate Let(Func<CameraPage, RequestDelegate> answer) => context =>
    {
        string name = context.Request.Query["camera"].ToString();
        return (name.Length == 0 ? First : Find(name)) is { } page
            ? answer(page)(context)
            : Answers.RefuseAsync(context, StatusCodes.Status404NotFound, $"There is no camera of that name: there is {Names}.");
    };

    private string Names => string.Join(", ", all.Select(static page => page.Loop.Name));

    private CameraPage? Find(string name) => all.FirstOrDefault(page => page.Loop.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public void Dispose()
    {
        foreach (CameraPage page in all) page.Feed.Dispose();
    }
}
