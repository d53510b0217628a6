using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>
/// Who may come in. A page of another origin may not use the browser of somebody who may (cross-site requests, DNS rebinding: OWASP's cheat
/// sheet on cross-site request forgery, Fetch Metadata), and where the address is not this machine's alone, a token has to be shown.
/// </summary>
internal sealed class Gate
{
    public const string Cookie = "edgecnn_token";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly TimeSpan WrongTokenDelay = TimeSpan.FromSeconds(0.5);

    /// <summary>Answered without a token: they say no more than that the daemon is there, and are what supervisors ask.</summary>
    private static readonly string[] Open = ["/healthz", "/readyz", "/api/login", "/style.css", "/icon.svg"];

    private readonly byte[]? _token;
    private readonly bool _loopback;

    /// <param name="token">What has to be shown; null: nothing.</param>
    /// <param name="loopback">Served to this machine alone.</param>
    public Gate(string? token, bool loopback)
    {
        _token = token is null ? null : Digest(token);
        _loopback = loopback;
    }

    public async Task Pass(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary answer = context.Response.Headers;
        answer.ContentSecurityPolicy = Policy;
        answer.XContentTypeOptions = "nosniff";
        // With no-referrer a browser would call the origin of the form with the token null.
        answer["Referrer-Policy"] = "same-origin";
        answer["Cross-Origin-Resource-Policy"] = "same-origin";
        answer["Cross-Origin-Opener-Policy"] = "same-origin";
        answer.CacheControl = "no-store";

        HttpRequest request = context.Request;
        if (!IsKnownHost(request.Host))
        {
            await Answers.RefuseAsync(
                context, StatusCodes.Status421MisdirectedRequest, $"This is not {request.Host.Host}: use this machine's address.");
        }
        else if (IsCrossSite(request))
        {
            await Answers.RefuseAsync(context, StatusCodes.Status403Forbidden, "A page of another site may not ask this.");
        }
        else if (_token is null || Open.Contains(request.Path.Value) || IsKnown(request))
        {
            await next(context);
        }
        else if (HttpMethods.IsGet(request.Method) && request.Path == "/")
        {
            await Answers.LoginPageAsync(context);
        }
        else
        {
            // Nobody is to try a dictionary.
            if (request.Headers.Authorization.Count > 0) await Task.Delay(WrongTokenDelay, context.RequestAborted);
            answer.WWWAuthenticate = "Bearer";
            await Answers.RefuseAsync(
                context, StatusCodes.Status401Unauthorized,
                "A token is needed: Authorization: Bearer TOKEN. It is Debug:Token, or stands in the journal.");
        }
    }

    /// <summary>Whether a token is the right one; takes as long for any that is not.</summary>
    public bool Fits(string token) => _token is null || CryptographicOperations.FixedTimeEquals(Digest(token), _token);

    /// <summary>Answers a wrong token late.</summary>
    public static Task PunishAsync(CancellationToken stop) => Task.Delay(WrongTokenDelay, stop);

    private bool IsKnown(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return Fits(authorization[Scheme.Length..].Trim());
        return request.Cookies[Cookie] is { } cookie && Fits(cookie);
    }

    /// <summary>
    /// A name that an attacker's DNS points at this machine is not its own: addresses and the machine's own name are, and for an address of
    /// this machine alone only those that mean it.
    /// </summary>
    private bool IsKnownHost(HostString host)
    {
        string name = host.Host.Trim('[', ']');
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (IPAddress.TryParse(name, out IPAddress? address)) return !_loopback || IPAddress.IsLoopback(address);
        string own = Dns.GetHostName();
        return !_loopback
            && (name.Equals(own, StringComparison.OrdinalIgnoreCase) || name.Equals(own + ".local", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Browsers say where a request comes from; programs that are not browsers say nothing, and have no one's cookies.</summary>
    private static bool IsCrossSite(HttpRequest request)
    {
        StringValues origin = request.Headers.Origin;
        if (origin.Count > 0 && !string.Equals(origin.ToString(), $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            return true;
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        // A link to the page, followed by a person, is no harm.
        bool isLink = request.Path == "/" && HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        return site is "cross-site" or "same-site" && !isLink;
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
