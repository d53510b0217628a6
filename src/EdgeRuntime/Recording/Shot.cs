using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Publishing;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>A frame that is kept for a while, and what it meant.</summary>
internal sealed class Shot
{
    private readonly Report _report = new();
    private Frame? _frame;

    public Frame Frame => _frame ?? throw new InvalidOperationException("Nothing is kept.");

    public Report Report => _report;

    /// <summary>Keeps the frame and copies the report; allocates nothing once the report's lists have grown.</summary>
    public void Keep(Frame frame, Report report)
    {
        _frame = frame.Keep();
        report.CopyTo(_report);
    }

    /// <summary>Gives the frame back.</summary>
    public void Release()
    {
        _frame?.Dispose();
        _frame = null;
    }
}
