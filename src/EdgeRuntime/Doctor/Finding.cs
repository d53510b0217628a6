namespace EdgeCnn.EdgeRuntime.Doctor;

internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, but could bite, or is missing without being asked for.</summary>
    Note,

    /// <summary>Does not work as configured.</summary>
    Problem,
}

/// <param name="Area">What was looked at: "camera".</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="What">What was found, a sentence.</param>
/// <param name="Advice">What to do about it; empty where nothing has to be done.</param>
internal sealed record Finding(string Area, Severity Severity, string What, string Advice = "")
{
    public static Finding Ok(string area, string what) => new(area, Severity.Ok, what);

    public static Finding Note(string area, string what, string advice) => new(area, Severity.Note, what, advice);

    public static Finding Problem(string area, string what, string advice) => new(area, Severity.Problem, what, advice);
}
