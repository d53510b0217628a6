namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// What went wrong with single files while the others went on: each is said on stderr at once, and the program ends with exit code 1.
/// </summary>
internal sealed class Complaints
{
    public int ExitCode { get; private set; }

    public void Add(string sentence)
    {
        ExitCode = 1;
        Console.Error.WriteLine($"edgecnn: {sentence}");
    }

    /// <summary>Says what was assumed; that is no failure.</summary>
    public static void Note(IEnumerable<string> sentences)
    {
        foreach (string sentence in sentences) Console.Error.WriteLine($"edgecnn: note: {sentence}");
    }
}
