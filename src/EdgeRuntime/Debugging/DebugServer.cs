using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Serves the page, the API, the metrics and the health of the daemon over HTTP, from inside the daemon.</summary>
internal sealed class DebugServer : IHostedService, IAsyncDisposable
{
    /// <summary>Settings and tokens are short.</summary>
    private const long LargestBody = 64 * 1024;

    /// <summary>Bytes that wait in the system for a viewer who reads slowly.</summary>
    private const int SendBuffer = 128 * 1024;

    private readonly DebugOptions _options;
    private readonly DebugAddress _address;
    private readonly CameraPages _cameras;
    private readonly DebugApi _api;
    private readonly string? _token;
    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _log;

    public DebugServer(DebugOptions options, CameraPages cameras, DebugApi api, ILoggerFactory logs)
    {
        (_options, _cameras, _api, _log) = (options, cameras, api, logs.CreateLogger<DebugServer>());
        _address = DebugAddress.Parse(options.Url!)!;
        _token = options.Token ?? (_address.IsLoopback ? null : RandomNumberGenerator.GetHexString(32, lowercase: true));
        _web = Build(logs);
    }

    /// <summary>Where it listens, once it is started: "http://127.0.0.1:8080".</summary>
    public string Address => _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>What it answers to: method and path.</summary>
    internal IEnumerable<(string Method, string Path)> Routes =>
        _web.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .SelectMany(
            route =>
                (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                    .Select(method => (method, route.RoutePattern.RawText!)));

    /// <exception cref="EdgeException">The address cannot be had: says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _web.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            throw new EdgeException($"The debugging page cannot be served at {_options.Url} ({e.GetBaseException().Message}): choose another address or port as Debug:Url.", e);
        }
        _log.LogInformation("The debugging page is at {Address}.", Address);
        if (_options.Token is null && _token is not null)
            _log.LogInformation("It asks for the token {Token}, which is a new one at each start.", _token);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _web.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _cameras.Dispose();
        _stopping.Dispose();
    }

    private WebApplication Build(ILoggerFactory logs)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        // Signals are the daemon's business.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        // What waits for a slow viewer in the system's buffer is old before it arrives.
        builder.WebHost.UseSockets(static sockets =>
        {
            sockets.CreateBoundListenSocket = static endpoint =>
            {
                Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
                socket.SendBufferSize = SendBuffer;
                return socket;
            };
            // What a feed's thread hands out, it sends: no crowd of pool threads wakes beside the pipeline for each picture.
            sockets.UnsafePreferInlineScheduling = true;
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MaxConcurrentConnections = 2 * _options.Viewers + 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Listen(_address.Address, _address.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication web = builder.Build();
        Gate gate = new(_token, _address.IsLoopback);
        web.Use(next => context => gate.Pass(context, next));
        web.Use(next => context => WithoutFaultsAsync(context, next));
        web.UseStatusCodePages(answered => Answers.ExplainAsync(answered.HttpContext));
        web.UseRouting();
        _api.Map(web, gate, new Streams(_options.Viewers, _stopping.Token));
        return web;
    }

    /// <summary>Whatever goes wrong in a request is that request's own: it is said in one line, and nothing else is touched.</summary>
    private async Task WithoutFaultsAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await Answers.RefuseAsync(context, e.StatusCode, e.Message);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The other end is gone.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            _log.LogError(e, "{Method} {Path} failed.", context.Request.Method, context.Request.Path);
            await Answers.RefuseAsync(context, StatusCodes.Status500InternalServerError, "This request failed; the journal says why.");
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
