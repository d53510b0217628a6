namespace EdgeCnn.Training.Optimisers;

public enum ScheduleKind
{
    Cosine,
    Constant,
    Step,
}

/// <summary>The learning rate of each step.</summary>
public sealed record Schedule
{
    public ScheduleKind Kind { get; init; } = ScheduleKind.Cosine;

    /// <summary>The rate after warm-up, before it falls.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>Over the first so many steps the rate rises linearly (Goyal et al., "Accurate, Large Minibatch SGD", 2017).</summary>
    public long WarmUp { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required long Total { get; init; }

    /// <summary>For <see cref="ScheduleKind.Cosine"/>: the last step's rate as a share of the first's.</summary>
    public double Least { get; init; } = 0.01;

    /// <summary>For <see cref="ScheduleKind.Step"/>: after each third of the run the rate is multiplied by it.</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>The rate of step <paramref name="step"/>, counted from 0.</summary>
    public double At(long step)
    {
        if (step < WarmUp) return Rate * (step + 1) / WarmUp;
        return Kind switch
        {
            ScheduleKind.Cosine => Rate * (Least + ((1 - Least) * (1 + Math.Cos(Math.PI * Progress(step))) / 2)),
            ScheduleKind.Step => Rate * Math.Pow(Factor, Math.Min(2, 3 * step / Math.Max(1, Total))),
            _ => Rate,
        };
    }

    /// <summary>0 when warm-up ends, 1 at the last step (Loshchilov and Hutter, "SGDR", 2016, without restarts).</summary>
    private double Progress(long step) => Math.Clamp((double)(step - WarmUp) / Math.Max(1, Total - 1 - WarmUp), 0, 1);
}
