using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeCnn.EndToEnd;

/// <summary>A fact that needs Chromium, as Debian has it; skipped where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Program is null) Skip = "needs Chromium (apt-get install chromium)";
    }
}

/// <summary>
/// A real browser without a window, that a test steers: Chromium over its own protocol (chromedevtools.github.io/devtools-protocol), with
/// one page open.
/// </summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _profile = Directory.CreateTempSubdirectory("edgecnn-browser-").FullName;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private Task _reading = Task.CompletedTask;
    private string? _session;
    private int _last;

    private Browser() => _process = Process.Start(new ProcessStartInfo(
        Program!,
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--remote-debugging-port=0",
            $"--user-data-dir={_profile}", "about:blank",
        ])
    { RedirectStandardError = true })!;

    public static string? Program { get; } =
        ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);

    /// <summary>What pages wrote to the console as errors, and what they did not catch.</summary>
    public IEnumerable<string> Complaints => _complaints;

    public static async Task<Browser> StartAsync()
    {
        Browser browser = new();
        const string Listening = "DevTools listening on ";
        string? line;
        while ((line = await browser._process.StandardError.ReadLineAsync().WaitAsync(Patience))?.StartsWith(Listening,
            StringComparison.Ordinal) == false)
        {
        }
        await browser._socket.ConnectAsync(new Uri(line![Listening.Length..]), CancellationToken.None).WaitAsync(Patience);
        browser._reading = browser.ReadAsync();
        // What it says further is not of interest, and must not fill the pipe.
        _ = browser._process.StandardError.ReadToEndAsync();
        JsonElement target = await browser.CallAsync("Target.createTarget", new() { ["url"] = "about:blank" });
        JsonElement session = await browser.CallAsync(
            "Target.attachToTarget", new() { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true });
        browser._session = session.GetProperty("sessionId").GetString();
        await browser.CallAsync("Page.enable", []);
        await browser.CallAsync("Runtime.enable", []);
        await browser.CallAsync("Log.enable", []);
        return browser;
    }

    /// <summary>Sets the size of the page in CSS pixels, and its colours.</summary>
    public async Task LookAsync(int width, int height, bool dark, bool phone = false)
    {
        await CallAsync("Emulation.setDeviceMetricsOverride", new()
        {
            ["width"] = width,
            ["height"] = height,
            ["deviceScaleFactor"] = phone ? 2 : 1,
            ["mobile"] = phone,
        });
        JsonArray features = [new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }];
        await CallAsync("Emulation.setEmulatedMedia", new() { ["features"] = features });
    }

    public Task OpenAsync(string url) => CallAsync("Page.navigate", new() { ["url"] = url });

    /// <summary>The value of an expression in the page; of a promise, what it comes to.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        JsonElement answer = await CallAsync(
            "Runtime.evaluate", new() { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        if (answer.TryGetProperty("exceptionDetails", out JsonElement thrown))
            throw new InvalidOperationException($"{expression}: {thrown}");
        JsonElement result = answer.GetProperty("result");
        return result.TryGetProperty("value", out JsonElement value) ? value : result;
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task UntilAsync(string expression)
    {
        long start = Stopwatch.GetTimestamp();
        while (await EvaluateAsync($"Boolean({expression})") is not { ValueKind: JsonValueKind.True })
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"Not within {Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s: {expression}; {string.Join("; ", Complaints)}");
            await Task.Delay(50);
        }
    }

    public async Task ScreenshotAsync(string path, bool whole = false)
    {
        JsonElement answer = await CallAsync("Page.captureScreenshot", new() { ["format"] = "png", ["captureBeyondViewport"] = whole });
        await File.WriteAllBytesAsync(path, answer.GetProperty("data").GetBytesFromBase64());
    }

    public async Task<JsonElement> CallAsync(string method, JsonObject parameters)
    {
        int id = Interlocked.Increment(ref _last);
        TaskCompletionSource<JsonElement> answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        JsonObject call = new() { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null) call["sessionId"] = _session;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(call), WebSocketMessageType.Text, true, CancellationToken.None);
        return await answer.Task.WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _socket.Dispose();
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task ReadAsync()
    {
        using MemoryStream message = new();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                message.Write(buffer, 0, part.Count);
                if (!part.EndOfMessage) continue;
                Take(JsonSerializer.Deserialize<JsonElement>(message.GetBuffer().AsSpan(0, (int)message.Length)));
                message.SetLength(0);
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
        {
            foreach (TaskCompletionSource<JsonElement> waiting in _waiting.Values) waiting.TrySetException(e);
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out JsonElement id)
            && _waiting.TryRemove(id.GetInt32(), out TaskCompletionSource<JsonElement>? waiting))
        {
            if (message.TryGetProperty("result", out JsonElement result)) waiting.SetResult(result);
            else waiting.SetException(new InvalidOperationException(message.GetProperty("error").ToString()));
            return;
        }
        string kind = message.GetProperty("method").GetString()!;
        JsonElement said = message.GetProperty("params");
        if (kind == "Runtime.exceptionThrown"
            || (kind == "Log.entryAdded" && said.GetProperty("entry").GetProperty("level").GetString() == "error"))
            _complaints.Enqueue(said.ToString());
    }
}
