using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>
/// Reads the settings: built-in defaults, then a configuration file, then environment variables (EDGECNN_Camera__Source=0), then the
/// command line (--Camera:Source=0); the later wins. Every key is known and every value is checked before anything starts.
/// </summary>
public static partial class SettingsLoader
{
    public const string EnvironmentPrefix = "EDGECNN_";

    /// <summary>Read when no file is named, where it exists.</summary>
    public const string InstalledFile = "/etc/edgecnn/edgecnn.json";

    /// <param name="file">The configuration file; null: <see cref="InstalledFile"/> where it exists, else only defaults.</param>
    /// <param name="overrides">Arguments of the form --Section:Key=value.</param>
    /// <exception cref="SettingsException">A file, key or value cannot be used; one sentence.</exception>
    public static EdgeOptions Load(string? file, IReadOnlyList<string> overrides)
    {
        file = FileInUse(file);
        return LoadFrom(file is null ? null : SettingsFile.Read(file), overrides);
    }

    /// <summary>The file that is read when <paramref name="named"/> is given; null when none is.</summary>
    public static string? FileInUse(string? named) => named ?? (File.Exists(InstalledFile) ? InstalledFile : null);

    /// <param name="source">Settings that have been read; null: only defaults.</param>
    /// <param name="overrides">Arguments of the form --Section:Key=value.</param>
    /// <exception cref="SettingsException">A key or value cannot be used; one sentence.</exception>
    internal static EdgeOptions LoadFrom(SettingsFile? source, IReadOnlyList<string> overrides) => Read(Combine(source, overrides), source);

    /// <summary>Settings that are all in one JSON object; neither the environment nor the command line goes before it.</summary>
    /// <param name="json">A JSON object as in a configuration file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="SettingsException">A key or value cannot be used; one sentence.</exception>
    internal static EdgeOptions Parse(string json, string name)
    {
        SettingsFile source = SettingsFile.Of(name, json);
        try
        {
            return Read(new ConfigurationBuilder().AddJsonStream(source.Open()).Build(), source);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or InvalidOperationException or JsonException)
        {
            throw new SettingsException($"{name} holds no settings that can be read: {e.Message}");
        }
    }

    private static EdgeOptions Read(IConfigurationRoot configuration, SettingsFile? source)
    {
        EdgeOptions options = new();
        foreach ((string key, string? value) in configuration.AsEnumerable())
        {
            // Environment variables without a section (EDGECNN_TRACE) are switches of the program, not settings.
            if (value is not null && (key.Contains(':') || !FromEnvironment(configuration, key)))
                Check(configuration, source, key, value);
        }
        configuration.Bind(options);
        Validate(configuration, source, options);
        options.Cameras = ReadCameras(configuration, source);
        return options;
    }

    /// <summary>
    /// The cameras in the order in which the file names them, then those that it does not name; each with all of its sections.
    /// </summary>
    private static Dictionary<string, CameraSections> ReadCameras(IConfigurationRoot configuration, SettingsFile? source)
    {
        IConfigurationSection named = configuration.GetSection(nameof(EdgeOptions.Cameras));
        Dictionary<string, CameraSections> cameras = [];
        foreach (IConfigurationSection camera in named.GetChildren().OrderBy(camera => source?.LineOf(camera.Path) ?? int.MaxValue))
        {
            if (!CameraName().IsMatch(camera.Key))
            {
                throw new SettingsException(
                    $"'{camera.Path}' ({Where(configuration, source, camera.Path)}) is no name for a camera: "
                    + "letters, digits, - and _ are, 32 at most.");
            }
            CameraSections sections = new();
            Overlay(configuration, camera.Path).Bind(sections);
            Validate(configuration, source, sections, camera.Path + ":");
            cameras.Add(camera.Key, sections);
        }
        if (CameraSettings.SameDevice(cameras) is var (name, other))
        {
            string key = $"{named.Path}:{name}:Camera:Source";
            throw new SettingsException(
                $"{key} is '{cameras[name].Camera.Source}' ({Where(configuration, source, key)}), "
                + $"which is the camera of {named.Path}:{other} too: a camera gives its pictures to one alone, name another.");
        }
        return cameras;
    }

    /// <summary>The shared settings with those of one camera in their places; a list is replaced as a whole.</summary>
    private static IConfigurationRoot Overlay(IConfigurationRoot configuration, string camera)
    {
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
        Dictionary<string, string?> own = configuration.GetSection(camera).AsEnumerable(makePathsRelative: true)
            .Where(static setting => setting.Value is not null).ToDictionary(StringComparer.OrdinalIgnoreCase);
        string[] lists = [.. own.Keys.Select(ListOf).OfType<string>()];
        foreach ((string key, string? value) in configuration.AsEnumerable())
        {
            if (!lists.Any(list => key.StartsWith(list, StringComparison.OrdinalIgnoreCase))) settings[key] = value;
        }
        foreach ((string key, string? value) in own) settings[key] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }

    /// <summary>The beginning of all keys of the list that a key belongs to ("Target:Classes:"); null when it belongs to none.</summary>
    private static string? ListOf(string key)
    {
        Type? type = typeof(CameraSections);
        string path = "";
        foreach (string part in key.Split(':'))
        {
            type = Setting.Find(type, part)?.PropertyType;
            if (type is null) return null;
            path += part + ":";
            if (Setting.ElementOf(type) is not null) return typeof(System.Collections.IDictionary).IsAssignableFrom(type) ? null : path;
        }
        return null;
    }

    private static IConfigurationRoot Combine(SettingsFile? source, IReadOnlyList<string> overrides)
    {
        foreach (string argument in overrides)
        {
            int equals = argument.IndexOf('=');
            if (!argument.StartsWith("--", StringComparison.Ordinal) || equals < 0 || !argument.AsSpan(0, equals).Contains(':'))
                throw new SettingsException(
                    $"'{argument}' is not a setting: settings are given as --Section:Key=value, for instance --Camera:Source=0.");
        }
        ConfigurationBuilder builder = new();
        if (source is not null) builder.AddJsonStream(source.Open());
        return builder.AddEnvironmentVariables(EnvironmentPrefix).AddCommandLine([.. overrides]).Build();
    }

    private static void Check(IConfigurationRoot configuration, SettingsFile? source, string key, string value)
    {
        // The schema's own address may stand in the file, so that editors find it.
        if (key == "$schema") return;
        Type type = typeof(EdgeOptions);
        string path = "";
        foreach (string part in key.Split(':'))
        {
            if (Setting.ElementOf(type) is { } element)
            {
                type = element;
            }
            else
            {
                PropertyInfo? property = Setting.Find(type, part);
                if (property is null)
                {
                    if (type == typeof(CameraSections) && Setting.Find(typeof(EdgeOptions), part) is { } shared)
                    {
                        throw new SettingsException(
                            $"'{path}{part}' ({Where(configuration, source, key)}) cannot be of one camera: "
                            + $"{shared.Name} is shared by all, and stands beside Cameras.");
                    }
                    string hint = Setting.Nearest(type, part) is { } near
                        ? $"did you mean '{path}{near}'?"
                        : "see config/edgecnn.json for all settings.";
                    throw new SettingsException($"There is no setting '{path}{part}' ({Where(configuration, source, key)}): {hint}");
                }
                type = property.PropertyType;
            }
            path += part + ":";
        }
        if (value.Length > 0 && Setting.WhyNot(type, value) is { } reason)
            throw new SettingsException($"{key} is '{value}' ({Where(configuration, source, key)}), but must be {reason}.");
    }

    /// <summary>Holds every setting to its attributes; groups that lie in groups too.</summary>
    private static void Validate(IConfigurationRoot configuration, SettingsFile? source, object settings, string path = "")
    {
        foreach (PropertyInfo group in settings.GetType().GetProperties().Where(p => Setting.IsSection(p.PropertyType)))
            Validate(configuration, source, group.GetValue(settings)!, $"{path}{group.Name}:");

        List<ValidationResult> failures = [];
        if (Validator.TryValidateObject(settings, new ValidationContext(settings), failures, validateAllProperties: true)) return;
        string name = failures[0].MemberNames.First();
        object? value = settings.GetType().GetProperty(name)!.GetValue(settings);
        string found = value is null ? "missing" : FormattableString.Invariant($"'{value}' ({Where(configuration, source, path + name)})");
        throw new SettingsException($"{path}{name} is {found}, but must be {failures[0].ErrorMessage}.");
    }

    private static bool FromEnvironment(IConfigurationRoot configuration, string key) =>
        configuration.Providers.Last(p => p.TryGet(key, out _)) is EnvironmentVariablesConfigurationProvider;

    private static string Where(IConfigurationRoot configuration, SettingsFile? source, string key)
    {
        IConfigurationProvider? provider = configuration.Providers.LastOrDefault(p => p.TryGet(key, out _));
        return provider switch
        {
            JsonStreamConfigurationProvider => source!.Locate(key),
            EnvironmentVariablesConfigurationProvider =>
                $"environment variable {EnvironmentPrefix}{key.Replace(":", "__", StringComparison.Ordinal)}",
            CommandLineConfigurationProvider => "on the command line",
            _ => "the default",
        };
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\z")]
    private static partial Regex CameraName();
}
