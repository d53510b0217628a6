using System.ComponentModel;
using System.Reflection;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>What the types of the options say about settings: which there are, and which values they take.</summary>
internal static class Setting
{
    public static PropertyInfo? Find(Type section, string name) =>
        IsSection(section) ? section.GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) : null;

    /// <summary>Whether a type groups settings, rather than being the value of one.</summary>
    public static bool IsSection(Type type) => type.Assembly == typeof(Setting).Assembly && type.IsClass;

    /// <summary>The type of the entries of a list or dictionary of settings; null for anything else.</summary>
    public static Type? ElementOf(Type type)
    {
        if (type.IsArray) return type.GetElementType();
        if (!type.IsGenericType) return null;
        Type definition = type.GetGenericTypeDefinition();
        if (definition == typeof(List<>)) return type.GetGenericArguments()[0];
        return definition == typeof(Dictionary<,>) ? type.GetGenericArguments()[1] : null;
    }

    /// <summary>Why a text is no value of a type: "a whole number", "one of red, green"; null when it is one.</summary>
    public static string? WhyNot(Type type, string text)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return null;
        if (IsSection(type) || ElementOf(type) is not null) return "a group of settings, not a single value";
        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            // Enum's converter takes any number; a setting is one of the names.
            if (!type.IsEnum || Enum.GetNames(type).Contains(text, StringComparer.OrdinalIgnoreCase)) return null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
        }
        return Expected(type);
    }

    /// <summary>The property whose name is nearest to what was written, if any is near.</summary>
    public static string? Nearest(Type section, string name) =>
        IsSection(section) ? Spelling.Nearest(name, section.GetProperties().Select(property => property.Name)) : null;

    private static string Expected(Type type)
    {
        if (type == typeof(bool)) return "true or false";
        if (type.IsEnum) return "one of " + string.Join(", ", Enum.GetNames(type));
        if (type == typeof(float) || type == typeof(double)) return "a number";
        if (type == typeof(TimeSpan)) return "a time such as 00:00:05";
        return "a whole number";
    }
}
