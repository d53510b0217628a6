using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>Keeps what was logged.</summary>
internal class ListLog : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
}

/// <summary>Keeps what a part of the program logged.</summary>
internal sealed class ListLog<T> : ListLog, ILogger<T>;
