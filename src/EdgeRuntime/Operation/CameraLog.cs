using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>The log of one of several cameras: each message begins with the camera's name.</summary>
internal sealed class CameraLog(ILogger log, string camera) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        log.Log(logLevel, eventId, state, exception, (said, failure) => $"{camera}: {formatter(said, failure)}");
}
