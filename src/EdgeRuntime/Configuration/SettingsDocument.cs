using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>
/// Writes the settings down: as a configuration file with every setting at its default under a comment that explains it, and as a JSON
/// schema for editors. Both are made from the option types and their documentation, so that they cannot disagree with the program.
/// </summary>
public static class SettingsDocument
{
    private const int Width = 120;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Plain) { WriteIndented = true };

    /// <summary>JSON with comments.</summary>
    public static string Commented()
    {
        Documentation documentation = Documentation.Load();
        StringBuilder text = new();
        text.AppendLine("// Every setting of `edgecnn run`, at its default. A copy needs to hold only what differs.")
            .AppendLine("// The command line (--Section:Key=value) and environment variables (EDGECNN_Section__Key=value) go before it.")
            .AppendLine("{")
            .AppendLine("  \"$schema\": \"edgecnn.schema.json\",");
        Section(text, "  ", new EdgeOptions(), documentation);
        return text.AppendLine("}").ToString();
    }

    private static void Section(StringBuilder text, string indent, object defaults, Documentation documentation)
    {
        PropertyInfo[] settings = defaults.GetType().GetProperties();
        foreach (PropertyInfo setting in settings)
        {
            string comma = setting == settings[^1] ? "" : ",";
            object? value = setting.GetValue(defaults);
            if (indent.Length == 2) text.Append('\n');
            Comment(text, indent, documentation.Of(setting));
            if (value is not null && Setting.IsSection(setting.PropertyType))
            {
                text.Append(CultureInfo.InvariantCulture, $"{indent}\"{setting.Name}\": {{\n");
                Section(text, indent + "  ", value, documentation);
                text.Append(CultureInfo.InvariantCulture, $"{indent}}}{comma}\n");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{indent}\"{setting.Name}\": {Literal(value)}{comma}\n");
            }
        }
    }

    /// <summary>A JSON schema (draft 2020-12).</summary>
    public static string Schema()
    {
        Documentation documentation = Documentation.Load();
        JsonObject root = SchemaOf(typeof(EdgeOptions), documentation);
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        root.Insert(1, "title", "EdgeCnn configuration");
        root["properties"]!["$schema"] = new JsonObject { ["type"] = "string" };
        return root.ToJsonString(Indented) + "\n";
    }

    private static JsonObject SchemaOf(Type type, Documentation documentation)
    {
        if (Setting.IsSection(type))
        {
            JsonObject properties = [];
            foreach (PropertyInfo property in type.GetProperties())
            {
                JsonObject schema = SchemaOf(property.PropertyType, documentation);
                if (documentation.Of(property) is { Length: > 0 } description) schema.Insert(0, "description", description);
                if (property.GetCustomAttribute<RangeAttribute>() is { } range)
                {
                    schema["minimum"] = Number(range.Minimum);
                    schema["maximum"] = Number(range.Maximum);
                }
                if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
                    schema["enum"] = new JsonArray([.. allowed.Values.Select(value => JsonSerializer.SerializeToNode(value))]);
                properties[property.Name] = schema;
            }
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        }
        if (Setting.ElementOf(type) is { } element)
        {
            return typeof(IDictionary).IsAssignableFrom(type)
                ? new JsonObject { ["type"] = "object", ["additionalProperties"] = SchemaOf(element, documentation) }
                : new JsonObject { ["type"] = "array", ["items"] = SchemaOf(element, documentation) };
        }
        Type value = Nullable.GetUnderlyingType(type) ?? type;
        if (value.IsEnum)
            return new JsonObject { ["enum"] = new JsonArray([.. Enum.GetNames(value).Select(name => (JsonNode)JsonName(name))]) };
        string name = value == typeof(bool) ? "boolean"
            : value == typeof(float) || value == typeof(double) ? "number"
            : value == typeof(string) || value == typeof(TimeSpan) ? "string"
            : "integer";
        return new JsonObject { ["type"] = value == type && type != typeof(string) ? name : new JsonArray(name, "null") };
    }

    private static double Number(object bound) => Convert.ToDouble(bound, CultureInfo.InvariantCulture);

    private static string Literal(object? value) => value switch
    {
        null => "null",
        Enum name => $"\"{JsonName(name.ToString())}\"",
        _ => JsonSerializer.Serialize(value, value.GetType(), Plain),
    };

    /// <summary>Names of choices are written in lower case; any case is read.</summary>
    private static string JsonName(string name) => name.ToLowerInvariant();

    private static void Comment(StringBuilder text, string indent, string words)
    {
        StringBuilder line = new(indent + "//");
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length + word.Length + 1 > Width)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(indent + "//");
            }
            line.Append(' ').Append(word);
        }
        if (words.Length > 0) text.Append(line).Append('\n');
    }
}
