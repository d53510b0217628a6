using System.Net;
using EdgeCnn.EdgeRuntime.Debugging;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>Who may come in, and what a foreign page may make a browser do: nothing.</summary>
public sealed class GateTests
{
    private const string Token = "correct horse battery";

    [Theory]
    [InlineData("POST", "/api/model/reload", "Origin", "http://evil.example")]
    [InlineData("POST", "/api/model/reload", "Origin", "null")]
    [InlineData("POST", "/api/model/reload", "Origin", "https://127.0.0.1")]
    [InlineData("PATCH", "/api/settings", "Origin", "http://evil.example")]
    [InlineData("PATCH", "/api/settings", "Sec-Fetch-Site", "cross-site")]
    [InlineData("POST", "/api/login", "Origin", "http://evil.example")]
    [InlineData("GET", "/api/stream.mjpg", "Sec-Fetch-Site", "cross-site")]
    [InlineData("GET", "/api/state", "Sec-Fetch-Site", "same-site")]
    public async Task A_request_that_another_sites_page_makes_is_refused_and_changes_nothing(
        string method, string path, string header, string value)
    {
        await using OpenPage page = await OpenPage.StartAsync();
        string? body = method == "PATCH" ? """{ "Model": { "Confidence": 0.9 } }""" : null;

        using HttpResponseMessage answer = await page.SendAsync(method, path, body, (header, value));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(0, page.Settings.Revision);
    }

    [Fact]
    public async Task The_pages_own_requests_and_a_link_to_it_are_answered()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        string origin = page.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);

        using HttpResponseMessage change = await page.SendAsync(
            "PATCH", "/api/settings", """{ "Model": { "Confidence": 0.9 } }""", ("Origin", origin), ("Sec-Fetch-Site", "same-origin"));
        using HttpResponseMessage link = await page.SendAsync(
            "GET", "/", null, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"));

        Assert.Equal(HttpStatusCode.OK, change.StatusCode);
        Assert.Equal(HttpStatusCode.OK, link.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:8080")]
    [InlineData("192.168.1.7")]
    [InlineData("127.0.0.1.evil.example")]
    public async Task A_name_that_is_not_this_machines_is_refused(string host)
    {
        await using OpenPage page = await OpenPage.StartAsync();
        HttpRequestMessage request = new(HttpMethod.Get, "/api/state");
        request.Headers.Host = host;

        using HttpResponseMessage answer = await page.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Fact]
    public async Task An_address_that_others_reach_asks_for_the_token()
    {
        await using OpenPage page = await OpenPage.StartAsync(
            options => (options.Debug.Url, options.Debug.Token) = ("http://0.0.0.0:0", Token));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/state", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/stream.mjpg", "Bearer wrong horse battery"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/metrics", $"Bearer {Token[..^1]}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/app.js", "Bearer "));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/state", $"Bearer {Token}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/healthz", null));

        async Task<HttpStatusCode> StatusAsync(string path, string? authorization)
        {
            using HttpResponseMessage answer = await page.SendAsync(
                "GET", path, null, authorization is null ? [] : [("Authorization", authorization)]);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_browser_logs_in_with_a_form_and_comes_back_with_a_cookie()
    {
        await using OpenPage page = await OpenPage.StartAsync(
            options => (options.Debug.Url, options.Debug.Token) = ("http://0.0.0.0:0", Token));
        using HttpResponseMessage door = await page.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.Unauthorized, door.StatusCode);
        Assert.Contains("<form", await door.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using HttpResponseMessage wrong = await page.Client.PostAsync("/api/login", new FormUrlEncodedContent([new("token", "wrong")]));
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        using HttpResponseMessage right = await page.Client.PostAsync("/api/login", new FormUrlEncodedContent([new("token", Token)]));
        string cookie = right.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);

        using HttpResponseMessage inside = await page.SendAsync("GET", "/", null, ("Cookie", cookie.Split(';')[0]));
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
        Assert.Contains("<canvas", await inside.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_fits_only_as_a_whole()
    {
        Gate gate = new(Token, loopback: false);
        Assert.True(gate.Fits(Token));
        foreach (string other in (string[])["", Token[..^1], Token + "x", Token.ToUpperInvariant(), new('x', 1_000_000)])
            Assert.False(gate.Fits(other));
    }
}
