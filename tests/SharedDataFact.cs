namespace EdgeCnn.Tests;

/// <summary>Where the repository lies, and the data that may lie beside it.</summary>
internal static class Repository
{
    /// <summary>The folder that holds EdgeCnn.sln.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>The folder <c>shared</c> beside the repository: third-party models, images and videos; it may be absent.</summary>
    public static string Shared { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared"));

    /// <summary>The full path of a file or folder of <c>../shared/data</c>.</summary>
    public static string Data(string path) => Path.Combine(Shared, "data", path);

    internal static string? WhyAbsent(string[] paths)
    {
        if (!Directory.Exists(Data("")))
            return "needs ../shared/data, which is not beside this repository";
        string? missing = paths.FirstOrDefault(path => !Path.Exists(Data(path)));
        return missing is null ? null : $"needs ../shared/data/{missing}, which is absent";
    }

    private static string FindRoot(string start)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EdgeCnn.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No folder above {start} holds EdgeCnn.sln; the tests run from within the repository.");
    }
}

/// <summary>A fact that is skipped, with the reason, where <c>../shared/data</c> or one of the paths in it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    /// <param name="paths">Files or folders under <c>../shared/data</c> that the test needs.</param>
    public SharedDataFactAttribute(params string[] paths) => Skip = Repository.WhyAbsent(paths);
}

/// <summary>A theory that is skipped, with the reason, where <c>../shared/data</c> or one of the paths in it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    /// <param name="paths">Files or folders under <c>../shared/data</c> that the test needs.</param>
    public SharedDataTheoryAttribute(params string[] paths) => Skip = Repository.WhyAbsent(paths);
}
