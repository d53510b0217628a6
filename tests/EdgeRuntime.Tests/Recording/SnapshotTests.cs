using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Tests.Capture;
using EdgeCnn.EdgeRuntime.Tests.Publishing;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

public sealed class SnapshotTests : IDisposable
{
    private readonly string _folder = Films.TemporaryFolder();
    private readonly RecordOptions _options;
    private readonly Snapshots _snapshots;

    public SnapshotTests()
    {
        _options = new RecordOptions { Folder = _folder, MaxSnapshots = 2 };
        _snapshots = new Snapshots(_options, TimeProvider.System, new ListLog<Snapshots>());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_thousand_wishes_at_once_are_one_picture_with_what_was_seen_in_it()
    {
        Task<string>[] wishes = [.. Enumerable.Range(0, 1000).Select(_ => _snapshots.Take())];
        Show(7);
        string[] paths = await Task.WhenAll(wishes).WaitAsync(Films.Patience);

        string path = Assert.Single(paths.Distinct());
        using Frame picture = ImageFile.Read(path);
        Assert.Equal((64, 48), (picture.Width, picture.Height));
        JsonElement seen = JsonDocument.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(path, ".json"))).RootElement;
        Assert.Equal("person", seen.GetProperty("target").GetProperty("class").GetString());
    }

    [Fact]
    public void Nobody_asks_and_nothing_is_written()
    {
        for (int i = 0; i < 10; i++) Show(i);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Only_the_latest_snapshots_are_kept()
    {
        List<string> taken = [];
        for (int i = 0; i < 4; i++)
        {
            Task<string> wish = _snapshots.Take();
            Show(i);
            taken.Add(await wish.WaitAsync(Films.Patience));
            File.SetLastWriteTimeUtc(taken[^1], DateTime.UtcNow.AddMinutes(i - 10));
        }

        Assert.Equal([false, false, true, true], taken.Select(File.Exists));
        Assert.Equal([false, false, true, true], taken.Select(path => File.Exists(Path.ChangeExtension(path, ".json"))));
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_written_is_said_and_the_next_one_can_be()
    {
        _options.Folder = "/dev/null/nowhere";
        Task<string> wish = _snapshots.Take();
        Show(1);
        EdgeException refusal = await Assert.ThrowsAsync<EdgeException>(() => wish.WaitAsync(Films.Patience));
        Assert.StartsWith("The snapshot cannot be written:", refusal.Message, StringComparison.Ordinal);

        _options.Folder = _folder;
        wish = _snapshots.Take();
        Show(2);
        Assert.True(File.Exists(await wish.WaitAsync(Films.Patience)));
    }

    private void Show(long frame)
    {
        using Frame picture = new(new Mat(48, 64, MatType.CV_8UC3, Scalar.All(90)));
        _snapshots.Offer(picture, Reports.Seen(TimeProvider.System, frame));
    }
}
