namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Decides how many steps of "Care:Steps" are in force: one more while the board is in trouble, each given time to help; one less when all
/// has been well for long. Between hot and cool nothing changes, so that no step is taken and taken back in turns. A clock decides nothing
/// here but the passing of time.
/// </summary>
internal sealed class CareLevel(CareOptions options, TimeProvider time)
{
    private readonly int _all = options.Order.Length;
    private long _changed = time.GetTimestamp();
    private long _troubled = time.GetTimestamp();

    /// <summary>How many of the steps are in force, from the first on.</summary>
    public int Steps { get; private set; }

    /// <summary>What is wrong, in words; empty when nothing is.</summary>
    public string Trouble { get; private set; } = "";

    /// <summary>Looks at the board; true when the number of steps has changed.</summary>
    public bool Look(int temperatureC, bool throttled, int? freeMemoryMegabytes)
    {
        bool shortOfMemory = freeMemoryMegabytes < options.MinFreeMemoryMegabytes;
        Trouble = temperatureC >= options.HotC ? FormattableString.Invariant($"the board is at {temperatureC} degrees")
            : throttled ? "the board holds its clock down"
            : shortOfMemory ? FormattableString.Invariant($"only {freeMemoryMegabytes} MB of memory are free")
            : "";
        // A quarter more than the least, so that what a step frees does not at once take it back.
        bool well = Trouble.Length == 0 && temperatureC <= options.CoolC && !(freeMemoryMegabytes < options.MinFreeMemoryMegabytes * 1.25);
        if (!well) _troubled = time.GetTimestamp();

        int before = Steps;
        if (Trouble.Length > 0 && Steps < _all && (Steps == 0 || SecondsSince(_changed) >= options.StepSeconds)) Steps++;
        else if (well && Steps > 0 && SecondsSince(_troubled) >= options.RelaxSeconds && SecondsSince(_changed) >= options.RelaxSeconds)
            Steps--;
        if (Steps == before) return false;
        _changed = time.GetTimestamp();
        return true;
    }

    private double SecondsSince(long timestamp) => time.GetElapsedTime(timestamp).TotalSeconds;
}
