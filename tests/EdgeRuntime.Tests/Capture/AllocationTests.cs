using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

/// <summary>Tests that look at the whole process run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    private const int Round = 100;

    [Fact]
    public void The_pattern_allocates_nothing_managed_per_frame() =>
        AllocatesNothing(new() { Source = "pattern", Width = 320, Height = 240, Realtime = false });

    [Fact]
    public void Drawn_scenes_allocate_nothing_managed_per_frame() =>
        AllocatesNothing(new() { Source = "synthetic:3", Width = 160, Height = 120, Realtime = false });

    [Fact]
    public void Turned_pictures_allocate_nothing_managed_per_frame() =>
        AllocatesNothing(new() { Source = "pattern", Width = 320, Height = 240, Realtime = false, Rotate = 90, Mirror = true },
            OpenCvPackage.IsStandIn ? 0 : WrappersOfPackage);

    [SharedDataFact("video/car-detection.mp4")]
    public void A_video_allocates_nothing_managed_per_frame() =>
        AllocatesNothing(new() { Source = Repository.Data("video/car-detection.mp4"), Realtime = false });

    [SharedDataFact("video/car-detection.mp4")]
    public unsafe void A_video_uses_the_same_few_pictures_again_and_again()
    {
        using ICamera camera = Cameras.Open(
            new() { Source = Repository.Data("video/car-detection.mp4"), Realtime = false }, TimeProvider.System, new ListLog());
        camera.Start();
        List<nint> addresses = Films.TakeAll(camera, static frame =>
        {
            fixed (byte* pixels = frame.View.Pixels) return (nint)pixels;
        });
        Assert.Equal(377, addresses.Count);
        Assert.InRange(addresses.Distinct().Count(), 1, FramePool.Capacity);
    }

    // NuGet's OpenCvSharp4 wraps each argument of Cv2.Rotate and Cv2.Flip in an object.
    private const int WrappersOfPackage = 500;

    private static void AllocatesNothing(CaptureOptions options, int allowed = 0)
    {
        using ICamera camera = Cameras.Open(options, TimeProvider.System, new ListLog());
        using var cancel = new CancellationTokenSource();
        camera.Start();
        for (int i = 0; i < 50; i++) camera.Take(Films.Patience, cancel.Token)!.Dispose();
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Round; i++) camera.Take(Films.Patience, cancel.Token)!.Dispose();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        // The test host allocates now and then beside us; what every frame allocates is there in every round, with 24 bytes at least.
        Assert.True(least < (20 + allowed) * Round, $"{least} bytes for {Round} frames");
    }
}
