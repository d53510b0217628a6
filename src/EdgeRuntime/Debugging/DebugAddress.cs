using System.Net;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Where the page is served.</summary>
/// <param name="Address">Of the network interface; any for all of them.</param>
/// <param name="Port">0 for a free one.</param>
internal sealed record DebugAddress(IPAddress Address, int Port)
{
    /// <summary>Programs of other machines cannot get there.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>http://127.0.0.1:8080, http://[::1]:8080, http://localhost:8080, http://*:8080; null for anything else.</summary>
    public static DebugAddress? Parse(string url)
    {
        string named = url.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(named, UriKind.Absolute, out Uri? uri)
            || uri is not { Scheme: "http", AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
            return null;
        if (uri.Host == "localhost") return new(IPAddress.Loopback, uri.Port);
        return IPAddress.TryParse(uri.Host.Trim('[', ']'), out IPAddress? address) ? new(address, uri.Port) : null;
    }
}
