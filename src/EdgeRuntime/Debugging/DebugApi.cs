using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>What can be asked of the daemon, and where; described in openapi.json.</summary>
internal sealed class DebugApi(
    DaemonObserver observer, LiveFeed feed, SettingsApi settings, RecordingApi recordings, PipelineService service, Pipeline pipeline,
    Metrics metrics)
{
    /// <summary>As long as the slowest network may take for one frame.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(30);

    public void Map(IEndpointRouteBuilder routes, Gate gate, Streams streams)
    {
        foreach (string file in PageFiles.Names.Where(static name => name is not "index.html" and not "openapi.json"))
            Get("/" + file, context => PageFiles.SendAsync(context, file));
        Get("/", context => PageFiles.SendAsync(context, "index.html"));
        Get("/api/openapi.json", context => PageFiles.SendAsync(context, "openapi.json"));

        Get("/api/state", StateAsync);
        Get("/api/labels", LabelsAsync);
        Get("/api/events", streams.EventsAsync);
        Get("/api/stream.mjpg", streams.PicturesAsync);
        Get("/api/picture.jpg", streams.PictureAsync);
        Get("/api/settings", settings.ShowAsync);
        Get("/api/settings/schema", SettingsApi.SchemaAsync);
        Get("/api/models", settings.ModelsAsync);
        Get("/api/recordings", recordings.ListAsync);
        Get("/api/recordings/{name}", recordings.FramesAsync);
        Get("/api/recordings/{name}/{picture}", recordings.PictureAsync);
        Get("/api/snapshots", recordings.SnapshotsAsync);
        Get("/api/snapshots/{picture}", recordings.SnapshotAsync);
        routes.MapMethods("/api/settings", [HttpMethods.Patch], settings.ChangeAsync);
        Post("/api/model/reload", settings.ReloadModelAsync);
        Post("/api/recording/start", recordings.StartAsync);
        Post("/api/recording/stop", recordings.StopAsync);
        Post("/api/snapshots", recordings.TakeSnapshotAsync);
        Post("/api/login", context => LoginAsync(context, gate));

        Get("/metrics", metrics.SendAsync);
        Get("/healthz", HealthAsync);
        Get("/readyz", ReadyAsync);

        void Get(string path, RequestDelegate answer) => routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer);

        void Post(string path, RequestDelegate answer) => routes.MapMethods(path, [HttpMethods.Post], answer);
    }

    private Task StateAsync(HttpContext context)
    {
        context.Response.ContentType = Answers.Json;
        return context.Response.Body.WriteAsync(observer.Look(feed.Drawn.Readers + feed.Plain.Readers, feed.Events.Readers).ToJson()).AsTask();
    }

    private Task LabelsAsync(HttpContext context)
    {
        JsonArray labels = [.. pipeline.Vision.Model.Labels.Select(label => (JsonNode)label)];
        context.Response.ContentType = Answers.Json;
        return context.Response.WriteAsync(labels.ToJsonString(), context.RequestAborted);
    }

    /// <summary>Takes the token of a form and gives it back as a cookie that no script can read and no other site can send.</summary>
    private static async Task LoginAsync(HttpContext context, Gate gate)
    {
        string token = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(context.RequestAborted))["token"].ToString() : "";
        if (!gate.Fits(token))
        {
            await Gate.PunishAsync(context.RequestAborted);
            context.Response.Redirect("/?wrong");
        }
        else
        {
            context.Response.Cookies.Append(Gate.Cookie, token, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, MaxAge = TimeSpan.FromDays(30) });
            context.Response.Redirect("/");
        }
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
    }

    /// <summary>The pipeline's loop comes round, with or without frames.</summary>
    private Task HealthAsync(HttpContext context)
    {
        TimeSpan since = service.SinceLastRound;
        bool alive = since < LongestRound;
        context.Response.StatusCode = alive ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        string hangs = string.Create(CultureInfo.InvariantCulture, $"The pipeline's loop has not come round for {since.TotalSeconds:F0} s.\n");
        return context.Response.WriteAsync(alive ? "alive\n" : hangs, context.RequestAborted);
    }

    /// <summary>Frames flow and every link that has a far end is answered.</summary>
    private Task ReadyAsync(HttpContext context)
    {
        string[] missing = [.. observer.WhyNotReady()];
        context.Response.StatusCode = missing.Length == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(missing.Length == 0 ? "ready\n" : string.Join('\n', missing) + "\n", context.RequestAborted);
    }
}
