using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>
/// Settings in force as the JSON of a configuration file, and that JSON with changes as settings. Secrets are left out of what is shown.
/// </summary>
internal static class SettingsJson
{
    private static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions AnyNumber = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static readonly JsonNodeOptions AnyCase = new() { PropertyNameCaseInsensitive = true };

    /// <summary>All settings, for others to see.</summary>
    public static string All(EdgeOptions options) => Text(Hide(Section(options, null)!));

    /// <summary>What differs from the defaults, for others to see: a configuration file that says the same, but for secrets.</summary>
    /// <param name="shared">The settings of the daemon.</param>
    /// <param name="cameras">Those that are in force for each camera.</param>
    public static string Differences(EdgeOptions shared, IEnumerable<CameraSettings> cameras)
    {
        EdgeOptions defaults = new();
        if (shared.Cameras.Count == 0) return Text(Differences(cameras.Single().Options, defaults));
        EdgeOptions common = shared.Copy();
        common.Cameras = [];
        JsonObject all = Differences(common, defaults), own = new(AnyCase);
        foreach (CameraSettings camera in cameras) own[camera.Name] = Differences(camera.Options, common);
        all[nameof(EdgeOptions.Cameras)] = own;
        return Text(all);
    }

    /// <summary>
    /// The settings with changes, which are a JSON merge patch (RFC 7396): a group changes only what it names, a list is replaced, null
    /// takes a setting back to its default.
    /// </summary>
    /// <param name="options">What is in force.</param>
    /// <param name="patch">The changes.</param>
    /// <param name="name">What the changes are called in errors: "the request".</param>
    /// <exception cref="SettingsException">A setting is not known or a value not possible; one sentence.</exception>
    public static EdgeOptions With(EdgeOptions options, JsonObject patch, string name)
    {
        JsonObject merged = Section(options, new EdgeOptions()) ?? new JsonObject(AnyCase);
        Merge(merged, patch, name);
        EdgeOptions changed = SettingsLoader.Parse(merged.ToJsonString(), name);
        if (changed.Inference.Threads == options.Inference.Threads) changed.Inference = changed.Inference.With(options.Inference.Share);
        return changed;
    }

    /// <summary>A group as JSON; with defaults only what differs from them, null where nothing does.</summary>
    private static JsonObject? Section(object settings, object? defaults)
    {
        JsonObject json = new(AnyCase);
        foreach (PropertyInfo setting in settings.GetType().GetProperties())
        {
            object? value = setting.GetValue(settings), standard = defaults is null ? null : setting.GetValue(defaults);
            if (Setting.IsSection(setting.PropertyType))
            {
                if (Section(value!, standard) is { } section) json[setting.Name] = section;
                continue;
            }
            JsonNode? node = Node(value);
            if (defaults is null || !JsonNode.DeepEquals(node, Node(standard))) json[setting.Name] = node;
        }
        return defaults is null || json.Count > 0 ? json : null;
    }

    private static JsonNode? Node(object? value) =>
        value is Enum choice ? choice.ToString().ToLowerInvariant() : JsonSerializer.SerializeToNode(value, AnyNumber);

    private static void Merge(JsonObject target, JsonObject patch, string name)
    {
        foreach ((string key, JsonNode? value) in patch)
        {
            if (key.Contains(':'))
                throw new SettingsException($"'{key}' is no name of a setting in {name}: groups are objects, as in a configuration file.");
            if (value is null)
            {
                target.Remove(key);
            }
            else if (value is JsonObject group)
            {
                if (target[key] is not JsonObject existing) target[key] = existing = new JsonObject(AnyCase);
                Merge(existing, group, name);
            }
            else
            {
                target[key] = value.DeepClone();
            }
        }
    }

    private static JsonObject Differences(EdgeOptions options, EdgeOptions standard) =>
        Hide(Section(options, standard) ?? new JsonObject(AnyCase));

    private static JsonObject Hide(JsonObject settings)
    {
        if (settings[nameof(EdgeOptions.Debug)] is JsonObject debug) debug.Remove(nameof(DebugOptions.Token));
        if (settings[nameof(EdgeOptions.Camera)] is JsonObject camera
            && camera[nameof(CaptureOptions.Source)]?.GetValue<string>() is { } source)
            camera[nameof(CaptureOptions.Source)] = CameraSource.WithoutPassword(source);
        return settings;
    }

    private static string Text(JsonObject settings) => settings.ToJsonString(Indented) + "\n";
}
