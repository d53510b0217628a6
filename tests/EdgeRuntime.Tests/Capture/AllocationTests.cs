using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>Tests that look at the whole process run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    [Fact]
    public void The_pattern_allocates_nothing_managed_per_frame() => AllocatesNothing(new() { Source = "pattern", Width = 320, Height = 240, Realtime = false }, 2000);

    [Fact]
    public void Turned_pictures_allocate_nothing_managed_per_frame() =>
        AllocatesNothing(new() { Source = "pattern", Width = 320, Height = 240, Realtime = false, Rotate = 90, Mirror = true }, 1000);

    [SharedDataFact("video/car-detection.mp4")]
    public void A_video_allocates_nothing_managed_per_frame() =>
        AllocatesNothing(new() { Source = Repository.Data("video/car-detection.mp4"), Realtime = false }, 300);

    private static void AllocatesNothing(CaptureOptions options, int frames)
    {
        using ICamera camera = Cameras.Open(options, TimeProvider.System, new ListLog());
        using var cancel = new CancellationTokenSource();
        camera.Start();
        for (int i = 0; i < 50; i++) camera.Take(Films.Patience, cancel.Token)!.Dispose();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < frames; i++) camera.Take(Films.Patience, cancel.Token)!.Dispose();
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        // The test host allocates a little beside us; a single object per frame would be 24 bytes and more.
        Assert.True(allocated < 8 * frames, $"{allocated} bytes for {frames} frames");
    }
}
