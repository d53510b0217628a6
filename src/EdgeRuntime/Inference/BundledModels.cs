namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>The small networks that come with the program, in the folder models beside it.</summary>
internal static class BundledModels
{
    /// <summary>Finds balls, cones, cubes and targets, in 8 bits.</summary>
    public const string Arena = "arena.int8";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>Names that stand for a file, in alphabetical order.</summary>
    public static IEnumerable<string> Names => Directory.Exists(Folder)
        ? Directory.EnumerateFiles(Folder, "*.onnx").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)
        : [];

    /// <summary>The file of a bundled model that is asked for by its name; anything else is a path and stays as it is.</summary>
    public static string PathOf(string model) => Names.Contains(model) ? Path.Combine(Folder, model + ".onnx") : model;
}
