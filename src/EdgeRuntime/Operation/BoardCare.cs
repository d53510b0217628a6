using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.Models;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Gives up something of what the settings name while the board is in trouble: fewer pictures, a lower rate, a smaller input, another
/// model. Each step, and why, is said when it is taken and when it is taken back. Of one camera; looks when it is told to, which is once a
/// second.
/// </summary>
public sealed class BoardCare(
    CareOptions options, Board board, LiveSettings settings, FrameLimit frames, Recorder recorder, TimeProvider time, ILogger log)
{
    private readonly string[] _order = options.Order;
    private readonly CareLevel _level = new(options, time);
    private ModelOptions? _own, _others, _refused;

    /// <summary>All steps that may be taken, in their order.</summary>
    public IReadOnlyList<string> Steps => _order;

    /// <summary>The steps in force, in their order.</summary>
    public IReadOnlyList<string> StepsInForce { get; private set; } = [];

    /// <summary>What is wrong with the board, in words; empty when nothing is.</summary>
    public string Trouble => _level.Trouble;

    /// <summary>One look, and what follows from it.</summary>
    internal async Task LookAsync(CancellationToken stop)
    {
        if (_order.Length == 0) return;
        int before = _level.Steps;
        bool changed = _level.Look(board.TemperatureC, board.IsThrottled, board.FreeMemoryMegabytes);
        StepsInForce = [.. _order.Take(_level.Steps)];
        if (changed && _level.Steps > before) log.LogWarning("{Step} because {Trouble}.", Describe(_order[before]), _level.Trouble);
        else if (changed) log.LogInformation("The board is well again: {Step} no longer.", Describe(_order[before - 1]));
        recorder.MaxFps = InForce(CareOptions.Pictures) ? options.PicturesPerSecond : 0;
        frames.PerSecond = InForce(CareOptions.Rate) ? options.FramesPerSecond : 0;
        await FitModelAsync(stop);
    }

    private bool InForce(string step) => StepsInForce.Contains(step);

    private string Describe(string step) => step switch
    {
        CareOptions.Pictures =>
            FormattableString.Invariant($"At most {options.PicturesPerSecond} pictures per second are recorded and shown"),
        CareOptions.Rate => FormattableString.Invariant($"At most {options.FramesPerSecond} frames per second go through the network"),
        CareOptions.Size => FormattableString.Invariant($"The network sees pictures of {options.InputWidth}x{options.InputHeight}"),
        _ => $"{options.Model} is the network",
    };

    /// <summary>Brings the model's settings to what the steps ask for, and back to what others have asked for meanwhile.</summary>
    private async Task FitModelAsync(CancellationToken stop)
    {
        EdgeOptions current = settings.Current;
        if (current.Model != _own) _others = WithoutSteps(current.Model);
        ModelOptions wanted = Wanted(_others!);
        if (Same(wanted, current.Model) || (_refused is not null && Same(wanted, _refused))) return;

        try
        {
            await settings.ApplyAsync(
                latest =>
                {
                    EdgeOptions next = latest.Copy();
                    next.Model = wanted;
                    return next;
                },
                stop: stop);
            (_own, _refused) = (wanted, null);
        }
        catch (Exception e) when (e is EdgeException or ModelException or IOException)
        {
            _refused = wanted;
            log.LogWarning("The step cannot be taken, the network stays as it is: {Why}", e.Message);
        }
    }

    /// <summary>What others want who have changed something of the settings that the steps had changed before.</summary>
    private ModelOptions WithoutSteps(ModelOptions seen) => _own is null || _others is null
        ? seen
        : With(
            seen,
            seen.Path == _own.Path ? _others.Path : seen.Path,
            seen.InputWidth == _own.InputWidth ? _others.InputWidth : seen.InputWidth,
            seen.InputHeight == _own.InputHeight ? _others.InputHeight : seen.InputHeight);

    private ModelOptions Wanted(ModelOptions others)
    {
        bool size = InForce(CareOptions.Size), model = InForce(CareOptions.OtherModel);
        return With(
            others, model ? options.Model : others.Path, size ? options.InputWidth : others.InputWidth,
            size ? options.InputHeight : others.InputHeight);
    }

    private static ModelOptions With(ModelOptions model, string path, int? width, int? height) => new()
    {
        Path = path,
        InputWidth = width,
        InputHeight = height,
        Labels = model.Labels,
        Confidence = model.Confidence,
        Iou = model.Iou,
        Top = model.Top,
    };

    private static bool Same(ModelOptions a, ModelOptions b) =>
        (a.Path, a.InputWidth, a.InputHeight) == (b.Path, b.InputWidth, b.InputHeight);
}
