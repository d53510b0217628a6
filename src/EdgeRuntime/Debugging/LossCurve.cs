using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Training.Checkpoints;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// How a training run went, epoch by epoch: the losses on the left axis, the score on the right one, a ring around the best.
/// </summary>
internal static class LossCurve
{
    private const int Width = 1200, Height = 700;

    private static readonly Scalar Learned = new(180, 95, 30), Validated = new(20, 120, 230), Scored = new(70, 150, 50);

    /// <param name="title">What was trained, on what.</param>
    /// <param name="epochs">At least one.</param>
    /// <returns>The picture, the caller's.</returns>
    public static Frame Draw(string title, IReadOnlyList<EpochResult> epochs)
    {
        PlotAxis losses = PlotAxis.Over(
            [.. epochs.Select(epoch => epoch.Loss), .. epochs.Select(epoch => epoch.ValidationLoss).OfType<double>()]);
        double[] scores = [.. epochs.Select(epoch => epoch.Score).OfType<double>()];
        // Scores close to 1 would all be one line on a scale from zero.
        PlotAxis? right = scores.Length == 0
            ? null
            : PlotAxis.Linear(Math.Max(0, (Math.Floor(10 * scores.Order().ElementAt(scores.Length / 4)) - 1) / 10), 1);
        using Plot plot = new(Width, Height);
        plot.Title(title);
        plot.Columns("epoch", epochs[0].Epoch, epochs[^1].Epoch);
        plot.Rows("loss", losses, onTheLeft: true);
        plot.Line("loss", Learned, [.. epochs.Select(epoch => (epoch.Epoch, (double?)epoch.Loss))], losses);
        if (epochs.Any(epoch => epoch.ValidationLoss is not null))
            plot.Line("validation loss", Validated, [.. epochs.Select(epoch => (epoch.Epoch, epoch.ValidationLoss))], losses);
        if (right is not null && epochs[^1].Measure is { } measure)
        {
            plot.Rows(measure, right, onTheLeft: false);
            plot.Line(measure, Scored, [.. epochs.Select(epoch => (epoch.Epoch, epoch.Score))], right);
            if (epochs.LastOrDefault(epoch => epoch.Best) is { Score: { } score } best)
                plot.Ring(Scored, best.Epoch, score, right, string.Create(CultureInfo.InvariantCulture, $"{score:0.0000}"));
        }
        return plot.Finish();
    }

    /// <summary>A line for each epoch under a line of names.</summary>
    public static string Csv(IReadOnlyList<EpochResult> epochs)
    {
        string[] parts = [.. epochs.SelectMany(epoch => epoch.Parts.Keys).Distinct()];
        string? measure = epochs.Select(epoch => epoch.Measure).FirstOrDefault(name => name is not null);
        List<string> lines =
            [string.Join(',', ["epoch", "steps", "rate", "loss", .. parts, "validation loss", measure ?? "score", "best", "seconds"])];
        foreach (EpochResult epoch in epochs)
        {
            lines.Add(string.Join(',',
            [
                Text(epoch.Epoch), Text(epoch.Steps), Text(epoch.Rate), Text(epoch.Loss),
                .. parts.Select(part => Text(epoch.Parts.TryGetValue(part, out double value) ? value : null)),
                Text(epoch.ValidationLoss), Text(epoch.Score), epoch.Best ? "1" : "0", Text(Math.Round(epoch.Seconds, 2)),
            ]));
        }
        return string.Join('\n', lines) + "\n";

        static string Text(double? value) => value?.ToString("G9", CultureInfo.InvariantCulture) ?? "";
    }
}
