using System.Globalization;
using EdgeCnn.Training.Running;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>
/// How far training has come: a line on stderr with a bar, the loss, the rate and the time left; nothing where stderr is not a terminal.
/// </summary>
internal sealed class TrainingProgress : IDisposable
{
    private const int BarLength = 24;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly bool _visible = !Console.IsErrorRedirected;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private double? _startShare;
    private long _shown;

    public void Report(StepReport step)
    {
        // What was done before the run went on took none of this time.
        _startShare ??= step.Share - (1.0 / step.StepsPerEpoch / step.Epochs);
        if (!_visible || (_shown != 0 && TimeProvider.System.GetElapsedTime(_shown) < Interval)) return;
        _shown = TimeProvider.System.GetTimestamp();
        Console.Error.Write($"\r{Line(step, _startShare.Value, TimeProvider.System.GetElapsedTime(_start))}\u001b[K");
    }

    /// <summary>Takes the line away, for other words.</summary>
    public void Clear()
    {
        if (_shown != 0) Console.Error.Write("\r\u001b[K");
        _shown = 0;
    }

    public void Dispose() => Clear();

    internal static string Line(StepReport step, double startShare, TimeSpan elapsed)
    {
        int filled = (int)(BarLength * (double)step.StepInEpoch / step.StepsPerEpoch);
        double share = step.Share - startShare;
        TimeSpan left = share > 0 ? elapsed * ((1 - step.Share) / share) : TimeSpan.Zero;
        string bar = new string('#', filled) + new string('.', BarLength - filled);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {step.Epoch}/{step.Epochs} [{bar}] {step.StepInEpoch}/{step.StepsPerEpoch}  loss {step.Loss:0.0000}  rate {step.Rate:0.######}  {Text(left)} left");
    }

    /// <summary>"2:05" or "1:02:05".</summary>
    internal static string Text(TimeSpan time) =>
        time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
}
