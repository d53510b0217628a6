using System.Globalization;
using System.Text.Json.Nodes;
using EdgeCnn.EdgeRuntime.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>What can be asked of the daemon, and where; described in openapi.json.</summary>
internal sealed class DebugApi(
    EdgeOptions options, DaemonObserver observer, CameraPages cameras, PipelineService service, Metrics metrics)
{
    /// <summary>As long as the slowest network may take for one frame.</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(30);

    public void Map(IEndpointRouteBuilder routes, Gate gate, Streams streams)
    {
        foreach (string file in PageFiles.Names.Where(static name => name is not "index.html" and not "openapi.json"))
            Get("/" + file, context => PageFiles.SendAsync(context, file));
        Get("/", context => PageFiles.SendAsync(context, "index.html"));
        Get("/api/openapi.json", context => PageFiles.SendAsync(context, "openapi.json"));

        Get("/api/state", cameras.Let(camera => context => StateAsync(context, camera)));
        Get("/api/labels", cameras.Let(static camera => context => LabelsAsync(context, camera.Loop.Pipeline)));
        Get("/api/events", cameras.Let(camera => context => streams.EventsAsync(context, camera.Feed)));
        Get("/api/stream.mjpg", cameras.Let(camera => context => streams.PicturesAsync(context, camera.Feed)));
        Get("/api/picture.jpg", cameras.Let(camera => context => streams.PictureAsync(context, camera.Feed)));
        Get("/api/settings", cameras.Let(camera => context => ShowSettingsAsync(context, camera)));
        Get("/api/settings/schema", SettingsApi.SchemaAsync);
        Get("/api/models", cameras.Let(static camera => camera.Settings.ModelsAsync));
        Get("/api/recordings", cameras.Let(static camera => camera.Recordings.ListAsync));
        Get("/api/recordings/{name}", cameras.Let(static camera => camera.Recordings.FramesAsync));
        Get("/api/recordings/{name}/{picture}", cameras.Let(static camera => camera.Recordings.PictureAsync));
        Get("/api/snapshots", cameras.Let(static camera => camera.Recordings.SnapshotsAsync));
        Get("/api/snapshots/{picture}", cameras.Let(static camera => camera.Recordings.SnapshotAsync));
        routes.MapMethods("/api/settings", [HttpMethods.Patch], cameras.Let(static camera => camera.Settings.ChangeAsync));
        Post("/api/model/reload", cameras.Let(static camera => camera.Settings.ReloadModelAsync));
        Post("/api/recording/start", cameras.Let(static camera => camera.Recordings.StartAsync));
        Post("/api/recording/stop", cameras.Let(static camera => camera.Recordings.StopAsync));
        Post("/api/snapshots", cameras.Let(static camera => camera.Recordings.TakeSnapshotAsync));
        Post("/api/login", context => LoginAsync(context, gate));

        Get("/metrics", metrics.SendAsync);
        Get("/healthz", HealthAsync);
        Get("/readyz", ReadyAsync);

        void Get(string path, RequestDelegate answer) => routes.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], answer);

        void Post(string path, RequestDelegate answer) => routes.MapMethods(path, [HttpMethods.Post], answer);
    }

    private Task StateAsync(HttpContext context, CameraPage camera)
    {
        LiveFeed feed = camera.Feed;
        context.Response.ContentType = Answers.Json;
        DaemonState state = observer.Look(camera.Loop, feed.Drawn.Readers + feed.Plain.Readers, feed.Events.Readers);
        return context.Response.Body.WriteAsync(state.ToJson(), context.RequestAborted).AsTask();
    }

    /// <summary>Of the camera; or, as the text of a configuration file, what differs from the defaults: that is of all cameras.</summary>
    private Task ShowSettingsAsync(HttpContext context, CameraPage camera)
    {
        context.Response.ContentType = Answers.Json;
        string json = context.Request.Query["only"] == "changed"
            ? SettingsJson.Differences(options, cameras.Settings)
            : SettingsJson.All(camera.Loop.Settings.Current);
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    private static Task LabelsAsync(HttpContext context, Pipeline pipeline)
    {
        JsonArray labels = [.. pipeline.Vision.Model.Labels.Select(label => (JsonNode)label)];
        context.Response.ContentType = Answers.Json;
        return context.Response.WriteAsync(labels.ToJsonString(), context.RequestAborted);
    }

    /// <summary>Takes the token of a form and gives it back as a cookie that no script can read and no other site can send.</summary>
    private static async Task LoginAsync(HttpContext context, Gate gate)
    {
        string token = context.Request.HasFormContentType
            ? (await context.Request.ReadFormAsync(context.RequestAborted))["token"].ToString()
            : "";
        if (!gate.Fits(token))
        {
            await Gate.PunishAsync(context.RequestAborted);
            context.Response.Redirect("/#wrong");
        }
        else
        {
            context.Response.Cookies.Append(
                Gate.Cookie, token, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, MaxAge = TimeSpan.FromDays(30) });
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
        string hangs = string.Create(
            CultureInfo.InvariantCulture, $"The pipeline's loop has not come round for {since.TotalSeconds:F0} s.\n");
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
