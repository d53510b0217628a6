using System.Globalization;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// How far long work has come: one line on stderr that is rewritten in place, and nothing at all where stderr is not a terminal.
/// </summary>
internal sealed class Progress(string what, int total) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly bool _visible = !Console.IsErrorRedirected;
    private long _shown;

    /// <summary>Says that <paramref name="done"/> of the total are done.</summary>
    public void Report(int done)
    {
        if (!_visible || (_shown != 0 && TimeProvider.System.GetElapsedTime(_shown) < Interval && done < total)) return;
        _shown = TimeProvider.System.GetTimestamp();
        string count = total > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{done} of {total}")
            : done.ToString(CultureInfo.InvariantCulture);
        Console.Error.Write($"\r{what}: {count}\u001b[K");
    }

    /// <summary>
    /// For work that reports by itself: unlike <see cref="Progress{T}"/> on the thread that works, and ending the work when it is to be
    /// ended.
    /// </summary>
    public IProgress<int> Until(CancellationToken cancellation) => new Reports(this, cancellation);

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown != 0) Console.Error.Write("\r\u001b[K");
    }

    private sealed class Reports(Progress progress, CancellationToken cancellation) : IProgress<int>
    {
        public void Report(int value)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Report(value);
        }
    }
}
