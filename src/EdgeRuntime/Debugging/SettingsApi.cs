using System.Text.Json;
using System.Text.Json.Nodes;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using Microsoft.AspNetCore.Http;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>The part of the API that reads and changes settings.</summary>
internal sealed class SettingsApi(LiveSettings settings)
{
    private static readonly JsonDocumentOptions Shallow =
        new() { MaxDepth = 8, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Models are chosen among the files of the folder where the first one lies: a request names no other.</summary>
    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(FileOf(settings)))!;

    public static Task SchemaAsync(HttpContext context)
    {
        context.Response.ContentType = Answers.Json;
        return context.Response.WriteAsync(SettingsDocument.Schema(), context.RequestAborted);
    }

    public Task ModelsAsync(HttpContext context)
    {
        JsonArray models = [.. Models().Select(name => (JsonNode)name)];
        context.Response.ContentType = Answers.Json;
        JsonObject answer = new() { ["current"] = Path.GetFileName(FileOf(settings)), ["models"] = models };
        return context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }

    /// <summary>A JSON merge patch of the settings.</summary>
    public Task ChangeAsync(HttpContext context) => TryAsync(context, async () =>
    {
        if (!context.Request.HasJsonContentType())
            throw new SettingsException("The request's content type has to be application/merge-patch+json or application/json.");
        JsonNode? body = await JsonNode.ParseAsync(
            context.Request.Body, new JsonNodeOptions { PropertyNameCaseInsensitive = true }, Shallow, context.RequestAborted);
        if (body is not JsonObject patch)
            throw new SettingsException("The request is no JSON object: send settings such as { \"Model\": { \"Confidence\": 0.4 } }.");
        Localise(patch);
        return await settings.ApplyAsync(current => SettingsJson.With(current, patch, "the request"), stop: context.RequestAborted);
    });

    public Task ReloadModelAsync(HttpContext context) =>
        TryAsync(context, () => settings.ApplyAsync(current => current, reloadModel: true, context.RequestAborted));

    private static string FileOf(LiveSettings settings) => BundledModels.PathOf(settings.Current.Model.Path);

    private static async Task TryAsync(HttpContext context, Func<Task<SettingsChange>> change)
    {
        try
        {
            SettingsChange done = await change();
            context.Response.ContentType = Answers.Json;
            await context.Response.WriteAsync(
                JsonSerializer.Serialize(done, DaemonStateJson.Default.SettingsChange), context.RequestAborted);
        }
        catch (Exception e) when (e is EdgeException or ModelException)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status400BadRequest, e.Message);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status400BadRequest, "The request is no JSON object with each name once.");
        }
    }

    /// <summary>Puts the folder before the names of files that a request gives, and refuses names that are none of the folder's.</summary>
    private void Localise(JsonObject patch)
    {
        if (patch["Model"] is not JsonObject model) return;
        if (model["Path"] is { } path) model["Path"] = InFolder(path, Models(), "Model:Path");
        if (model["Labels"] is { } labels) model["Labels"] = InFolder(labels, Files("*.txt"), "Model:Labels");
    }

    private string InFolder(JsonNode named, IEnumerable<string> files, string setting)
    {
        string name = named is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        if (files.FirstOrDefault(file => file == name || Path.Join(_folder, file) == name) is { } known) return Path.Join(_folder, known);
        throw new SettingsException($"{setting} can be changed here to one of the files in {_folder}: {string.Join(", ", files)}.");
    }

    private IEnumerable<string> Models() => Files("*.onnx");

    private IEnumerable<string> Files(string pattern)
    {
        try
        {
            return [.. Directory.EnumerateFiles(_folder, pattern).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
