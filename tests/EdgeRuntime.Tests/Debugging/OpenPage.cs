using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Debugging;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>The daemon with its page on a free port, and somebody who asks.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private OpenPage(RunningPipeline running)
    {
        Running = running;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(Server.Address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)),
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public RunningPipeline Running { get; }

    public HttpClient Client { get; }

    public DebugServer Server => Running.Part<DebugServer>();

    public LiveFeed Feed => Running.Part<CameraPages>().First.Feed;

    public LiveSettings Settings => Running.Loop.Settings;

    public static async Task<OpenPage> StartAsync(Action<EdgeOptions>? change = null)
    {
        RunningPipeline running = new(options =>
        {
            options.Debug.Url = "http://127.0.0.1:0";
            change?.Invoke(options);
        });
        OpenPage page = new(await running.StartAsync());
        await running.NextAsync(_ => true, "any");
        return page;
    }

    public Task<HttpResponseMessage> SendAsync(
        string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/merge-patch+json");
        foreach ((string name, string value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        return Client.SendAsync(request);
    }

    public async Task<JsonElement> ReadAsync(string path) => JsonSerializer.Deserialize<JsonElement>(await Client.GetStringAsync(path));

    /// <summary>The sentence with which a request is refused.</summary>
    public static async Task<string> DetailAsync(HttpResponseMessage answer) =>
        JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("detail").GetString()!;

    /// <summary>A connection that has asked for something and reads no answer.</summary>
    public async Task<Socket> AskAndWaitAsync(string path)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(Client.BaseAddress!.Host, Client.BaseAddress.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Running.DisposeAsync();
    }
}
