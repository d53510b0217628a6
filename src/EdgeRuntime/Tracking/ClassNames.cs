namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>Classes that settings name.</summary>
internal static class ClassNames
{
    /// <summary>The class id of a name; case does not matter.</summary>
    /// <param name="labels">The model's class names.</param>
    /// <param name="name">What the setting says.</param>
    /// <param name="setting">Which setting, for the error.</param>
    /// <exception cref="EdgeException">The model has no such class.</exception>
    public static int Find(IReadOnlyList<string> labels, string name, string setting)
    {
        for (int id = 0; id < labels.Count; id++)
        {
            if (labels[id].Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)) return id;
        }
        string known = string.Join(", ", labels.Take(12)) + (labels.Count > 12 ? $" and {labels.Count - 12} more" : "");
        throw new EdgeException($"{setting} names '{name}', which is no class of the model; its classes are {known}.");
    }
}
