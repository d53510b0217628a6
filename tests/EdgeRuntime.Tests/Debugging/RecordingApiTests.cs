using System.Net;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>Recordings and snapshots over HTTP.</summary>
public sealed class RecordingApiTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-recordings-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_recording_is_begun_ended_listed_and_handed_out()
    {
        await using OpenPage page = await OpenAsync();
        using (HttpResponseMessage started = await page.SendAsync("POST", "/api/recording/start"))
            Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        JsonElement state;
        do state = (await page.ReadAsync("/api/state")).GetProperty("recording");
        while (state.GetProperty("frames").GetInt64() < 3);
        Assert.True(state.GetProperty("recording").GetBoolean());
        using (HttpResponseMessage stopped = await page.SendAsync("POST", "/api/recording/stop"))
            Assert.Equal(HttpStatusCode.OK, stopped.StatusCode);

        string name = (await page.ReadAsync("/api/recordings"))[0].GetProperty("name").GetString()!;
        string[] lines = (await page.Client.GetStringAsync($"/api/recordings/{name}")).Split('\n');
        string file = JsonSerializer.Deserialize<JsonElement>(lines[1]).GetProperty("file").GetString()!;
        using Frame picture = ImageFile.Decode(await page.Client.GetByteArrayAsync($"/api/recordings/{name}/{file}"), file);
        Assert.Equal((640, 480), (picture.Width, picture.Height));
    }

    [Fact]
    public async Task A_snapshot_is_saved_listed_and_handed_out()
    {
        await using OpenPage page = await OpenAsync();

        using HttpResponseMessage answer = await page.SendAsync("POST", "/api/snapshots");
        string name = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("name").GetString()!;

        Assert.Equal(name, (await page.ReadAsync("/api/snapshots"))[0].GetProperty("name").GetString());
        using Frame picture = ImageFile.Decode(await page.Client.GetByteArrayAsync($"/api/snapshots/{name}"), name);
        Assert.Equal((640, 480), (picture.Width, picture.Height));
    }

    [Theory]
    [InlineData("/api/snapshots/..%2f..%2fsecret.jpg")]
    [InlineData("/api/snapshots/%2e%2e%2fsecret.jpg")]
    [InlineData("/api/snapshots/..%5csecret.jpg")]
    [InlineData("/api/snapshots/%2fetc%2fpasswd")]
    [InlineData("/api/snapshots/secret.jpg%00.jpg")]
    [InlineData("/api/snapshots/.jpg")]
    [InlineData("/api/recordings/..")]
    [InlineData("/api/recordings/%2e%2e")]
    [InlineData("/api/recordings/snapshots")]
    [InlineData("/api/recordings/20260101-000000/..%2fsecret.jpg")]
    [InlineData("/api/recordings/20260101-000000/metadata.jsonl")]
    [InlineData("/api/recordings/20260101-000000%0a/secret.jpg")]
    [InlineData("/api/recordings/..%2f20260101-000000")]
    public async Task Names_that_would_lead_out_of_the_folder_lead_nowhere(string path)
    {
        await File.WriteAllTextAsync(Path.Join(_folder, "secret.jpg"), "a secret");
        Directory.CreateDirectory(Path.Join(_folder, "kept", "snapshots"));
        Directory.CreateDirectory(Path.Join(_folder, "kept", "20260101-000000"));
        await File.WriteAllTextAsync(Path.Join(_folder, "kept", "metadata.jsonl"), "a secret");
        await using OpenPage page = await OpenAsync();

        using HttpResponseMessage answer = await page.SendAsync("GET", path);

        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, $"{answer.StatusCode}");
        Assert.DoesNotContain("a secret", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_written_is_said_and_frames_go_on()
    {
        await File.WriteAllTextAsync(Path.Join(_folder, "kept"), "a file where a folder has to be");
        await using OpenPage page = await OpenAsync();

        using HttpResponseMessage answer = await page.SendAsync("POST", "/api/snapshots");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("The snapshot cannot be written", await OpenPage.DetailAsync(answer), StringComparison.Ordinal);
        await page.Running.NextAsync(_ => true, "any");
    }

    private Task<OpenPage> OpenAsync() => OpenPage.StartAsync(options => options.Record.Folder = Path.Join(_folder, "kept"));
}
