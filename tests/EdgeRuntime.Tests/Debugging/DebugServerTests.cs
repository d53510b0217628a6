using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>The page's server over real sockets: what it serves, and to how many.</summary>
public sealed class DebugServerTests
{
    [Fact]
    public async Task The_page_is_served_whole_and_loads_nothing_from_elsewhere()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        foreach (string file in PageFiles.Names.Where(name => name != "openapi.json").Append(""))
        {
            using HttpResponseMessage answer = await page.Client.GetAsync(file == "index.html" ? "/" : "/" + file);
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode && text.Length > 0, $"{file} was answered with {answer.StatusCode}");
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            string foreign = text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal);
            Assert.DoesNotContain("http:", foreign, StringComparison.Ordinal);
            Assert.DoesNotContain("https:", foreign, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_state_tells_of_camera_model_stages_and_links()
    {
        await using OpenPage page = await OpenPage.StartAsync(options => options.Link.Port = "virtual");

        JsonElement state = await page.ReadAsync("/api/state");

        Assert.StartsWith(
            "test pattern 640x480", state.GetProperty("camera").GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(640, state.GetProperty("camera").GetProperty("width").GetInt32());
        Assert.Equal("engine", state.GetProperty("model").GetProperty("backend").GetString());
        Assert.Equal(6, state.GetProperty("stages").GetArrayLength());
        Assert.True(state.GetProperty("stages")[1].GetProperty("p50_ms").GetDouble() > 0, "the network takes no time");
        Assert.Equal(1, state.GetProperty("links").GetArrayLength());
        Assert.Equal(["green", "amber", "teal", "pink", "blue"],
            (await page.ReadAsync("/api/labels")).EnumerateArray().Select(label => label.GetString()!));
    }

    [Fact]
    public async Task Events_tell_each_frame_and_the_state_several_times_a_second()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        using StreamReader events = new(await page.Client.GetStreamAsync("/api/events"));
        List<long> frames = [];
        int states = 0;
        string kind = "";
        while (states < 3 || frames.Count < 10)
        {
            string line = await events.ReadLineAsync() ?? throw new EndOfStreamException();
            if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            JsonElement data = JsonSerializer.Deserialize<JsonElement>(line[6..]);
            if (kind == "state") states++;
            else frames.Add(data.GetProperty("frame").GetInt64());
        }

        Assert.Equal(frames.Order().Distinct(), frames);
    }

    [Fact]
    public async Task A_stream_of_pictures_goes_on_with_everything_drawn_or_nothing()
    {
        await using OpenPage page = await OpenPage.StartAsync(options => options.Debug.Width = 320);
        foreach (string path in (string[])["/api/stream.mjpg", "/api/stream.mjpg?overlay=false"])
        {
            using HttpResponseMessage answer = await page.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("multipart/x-mixed-replace", answer.Content.Headers.ContentType!.MediaType);
            await using Stream stream = await answer.Content.ReadAsStreamAsync();
            long before = -1;
            for (int i = 0; i < 5; i++)
            {
                (byte[] jpeg, long frame) = await NextPartAsync(stream);
                using Frame picture = ImageFile.Decode(jpeg, "a picture of the stream");
                Assert.Equal((320, 240), (picture.Width, picture.Height));
                Assert.True(frame > before, $"frame {frame} came after {before}");
                before = frame;
            }
        }
    }

    [Fact]
    public async Task A_board_in_trouble_shows_fewer_pictures_until_it_is_well_again()
    {
        await using OpenPage page = await OpenPage.StartAsync(options => (options.Debug.Fps, options.Care.Steps) = (60, ""));
        await using Stream stream = await page.Client.GetStreamAsync("/api/stream.mjpg");
        await NextPartAsync(stream);

        // What the step "pictures" sets; without steps of its own, the daemon does not take it back.
        page.Running.Loop.Recorder.MaxFps = 2;
        long limited = page.Running.Loop.Pipeline.Report.Frame, last = 0;
        while ((await NextPartAsync(stream)).Frame <= limited)
        {
        }
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 4; i++) last = (await NextPartAsync(stream)).Frame;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        page.Running.Loop.Recorder.MaxFps = 0;

        // The picture before them may have been due half a second before it came.
        Assert.True(seconds > 1, $"four pictures, of two in a second, came within {seconds} s");
        start = Stopwatch.GetTimestamp();
        for (long before = last; (await NextPartAsync(stream)).Frame is var frame && frame - before > 7; before = frame)
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 20, "no more pictures come within 20 s");
    }

    [Fact]
    public async Task Nothing_is_encoded_while_nobody_looks_and_once_however_many_do()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        await page.Running.NextAsync(report => report.Frame > 10, "frame 10");
        Assert.Null(page.Feed.Drawn.Latest);

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => page.Client.GetAsync("/api/picture.jpg")));
        string[] frames = [.. answers.Select(answer => answer.Headers.GetValues("X-Frame").Single()).Distinct()];
        Assert.True(frames.Length <= 3, $"ten viewers at the same time got {frames.Length} different pictures");
        Assert.Null(page.Feed.Plain.Latest);

        await Until(() => page.Feed.Drawn.Readers == 0, "nobody looks any more");
        await page.Running.NextAsync(_ => true, "any");
        EncodedPicture? last = page.Feed.Drawn.Latest;
        long frame = (await page.Running.NextAsync(_ => true, "any")).Frame;
        await page.Running.NextAsync(report => report.Frame > frame + 10, "ten more");
        Assert.Same(last, page.Feed.Drawn.Latest);
    }

    [Fact]
    public async Task A_viewer_who_does_not_read_is_dropped_and_the_others_see_on()
    {
        await using OpenPage page = await OpenPage.StartAsync(
            options => (options.Camera.Width, options.Camera.Height, options.Debug.Fps) = (1280, 960, 30));
        using Socket slow = await page.AskAndWaitAsync("/api/stream.mjpg");
        await Until(() => page.Feed.Drawn.Readers == 1, "it is served");
        using HttpResponseMessage answer = await page.Client.GetAsync("/api/stream.mjpg", HttpCompletionOption.ResponseHeadersRead);
        await using Stream stream = await answer.Content.ReadAsStreamAsync();
        await Until(() => page.Feed.Drawn.Readers == 2, "both are served");
        long start = Stopwatch.GetTimestamp();
        int pictures = 0;
        while (page.Feed.Drawn.Readers > 1)
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 30, "a viewer who reads nothing is still served after 30 s");
            await NextPartAsync(stream);
            pictures++;
        }
        Assert.True(pictures > 5, $"the other one saw {pictures} pictures meanwhile");
        await NextPartAsync(stream);
    }

    [Fact]
    public async Task More_viewers_than_allowed_are_told_to_come_again()
    {
        await using OpenPage page = await OpenPage.StartAsync(options => options.Debug.Viewers = 2);
        using HttpResponseMessage first = await page.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        HttpResponseMessage second = await page.Client.GetAsync("/api/stream.mjpg", HttpCompletionOption.ResponseHeadersRead);

        using HttpResponseMessage third = await page.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
        Assert.NotNull(third.Headers.RetryAfter);

        second.Dispose();
        await Until(() => page.Feed.Drawn.Readers == 0, "the second has gone");
        using HttpResponseMessage fourth = await page.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, fourth.StatusCode);
    }

    [Fact]
    public async Task A_thousand_connections_neither_stop_the_pipeline_nor_the_page_for_good()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        List<Socket> crowd = [];
        try
        {
            for (int i = 0; i < 1000; i++)
            {
                Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                crowd.Add(socket);
                await socket.ConnectAsync(page.Client.BaseAddress!.Host, page.Client.BaseAddress.Port);
            }
            long frame = (await page.Running.NextAsync(_ => true, "any")).Frame;
            await page.Running.NextAsync(report => report.Frame > frame + 20, "twenty more");
        }
        finally
        {
            foreach (Socket socket in crowd) socket.Dispose();
        }
        await Until(() => Answers(page), "the page answers again");
    }

    [Fact]
    public async Task The_daemon_ends_at_once_although_somebody_watches()
    {
        OpenPage page = await OpenPage.StartAsync();
        using HttpResponseMessage pictures = await page.Client.GetAsync("/api/stream.mjpg", HttpCompletionOption.ResponseHeadersRead);
        using HttpResponseMessage events = await page.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead);
        long start = Stopwatch.GetTimestamp();

        await page.DisposeAsync();

        Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 2, $"it took {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
    }

    [Fact]
    public async Task An_address_that_is_taken_is_said_at_the_start()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        await using RunningPipeline running = new(options => options.Debug.Url = $"http://{other.LocalEndpoint}");

        EdgeException e = await Assert.ThrowsAsync<EdgeException>(running.StartAsync);

        Assert.Contains($"cannot be served at http://{other.LocalEndpoint}", e.Message, StringComparison.Ordinal);
        Assert.Contains("choose another address or port", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://0.0.0.0:80", false)]
    [InlineData("http://*:8080", false)]
    [InlineData("http://192.168.1.7:8080/", false)]
    public void An_address_is_this_machines_alone_or_not(string url, bool loopback) =>
        Assert.Equal(loopback, DebugAddress.Parse(url)!.IsLoopback);

    [Theory]
    [InlineData("8080")]
    [InlineData("https://127.0.0.1:8080")]
    [InlineData("http://robot:8080")]
    [InlineData("http://127.0.0.1:99999")]
    [InlineData("http://user@127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8080/page")]
    public void What_is_no_address_is_refused(string url) => Assert.Null(DebugAddress.Parse(url));

    private static bool Answers(OpenPage page)
    {
        try
        {
            using HttpResponseMessage answer = page.Client.Send(new HttpRequestMessage(HttpMethod.Get, "/healthz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task Until(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 20, $"not within 20 s: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>The next picture of a stream, and the number of its frame.</summary>
    private static async Task<(byte[] Jpeg, long Frame)> NextPartAsync(Stream stream)
    {
        (int length, long frame) = (0, -1);
        while (await LineAsync(stream) is var line && (line.Length > 0 || length == 0))
        {
            if (line.StartsWith("Content-Length: ", StringComparison.Ordinal))
                length = int.Parse(line[16..], System.Globalization.CultureInfo.InvariantCulture);
            if (line.StartsWith("X-Frame: ", StringComparison.Ordinal))
                frame = long.Parse(line[9..], System.Globalization.CultureInfo.InvariantCulture);
        }
        byte[] jpeg = new byte[length];
        await stream.ReadExactlyAsync(jpeg);
        return (jpeg, frame);
    }

    private static async Task<string> LineAsync(Stream stream)
    {
        List<byte> line = [];
        byte[] next = new byte[1];
        do
        {
            await stream.ReadExactlyAsync(next);
            line.Add(next[0]);
        }
        while (next[0] != (byte)'\n');
        return System.Text.Encoding.ASCII.GetString([.. line]).TrimEnd();
    }
}
