using System.Reflection;
using System.Text.Json;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>In which settings two configurations differ.</summary>
internal static class SettingsDifference
{
    /// <summary>
    /// The keys ("Model:Confidence") whose values differ, in the order of the settings; a list or dictionary counts as one value.
    /// </summary>
    public static IReadOnlyList<string> Between(EdgeOptions before, EdgeOptions after)
    {
        List<string> keys = [];
        Compare(before, after, "", keys);
        return keys;
    }

    private static void Compare(object before, object after, string path, List<string> keys)
    {
        foreach (PropertyInfo setting in before.GetType().GetProperties())
        {
            (object? old, object? now) = (setting.GetValue(before), setting.GetValue(after));
            string key = path + setting.Name;
            if (Setting.IsSection(setting.PropertyType)) Compare(old!, now!, key + ":", keys);
            else if (!Same(old, now)) keys.Add(key);
        }
    }

    private static bool Same(object? old, object? now) =>
        Equals(old, now) || (old is not null && now is not null && JsonSerializer.Serialize(old) == JsonSerializer.Serialize(now));
}
