using System.Security.Cryptography;
using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

public sealed class SyntheticCameraTests
{
    [Fact]
    public void It_plays_and_moves_and_has_the_size_that_was_asked_for()
    {
        string[] pictures = Play("synthetic:3", 192, 144, 10);
        Assert.Equal(10, pictures.Distinct().Count());
    }

    [Fact]
    public void A_seed_gives_the_same_film_again_and_another_seed_another_one()
    {
        string[] film = Play("synthetic:3", 96, 72, 3);
        Assert.Equal(film, Play("synthetic:3", 96, 72, 3));
        Assert.Empty(film.Intersect(Play("synthetic:4", 96, 72, 3)));
        Assert.Equal(Play("synthetic", 96, 72, 1), Play("synthetic:1", 96, 72, 1));
    }

    [Fact]
    public void Large_and_odd_sizes_are_played_too() => Assert.Equal(2, Play("synthetic:3", 641, 479, 2).Length);

    [Fact]
    public void Its_description_says_which_one_it_is()
    {
        using ICamera camera = Cameras.Open(new() { Source = "synthetic:7", Width = 64, Height = 48 }, TimeProvider.System, new ListLog());
        Assert.Equal("synthetic arena 7, 64x48 at 30 fps", camera.Description);
    }

    private static string[] Play(string source, int width, int height, int count)
    {
        CaptureOptions options = new() { Source = source, Width = width, Height = height, Realtime = false };
        using ICamera camera = Cameras.Open(options, TimeProvider.System, new ListLog());
        camera.Start();
        string[] pictures = new string[count];
        for (int i = 0; i < count; i++)
        {
            using Frame frame = Films.Next(camera);
            Assert.Equal((width, height), (frame.Width, frame.Height));
            pictures[i] = Convert.ToHexString(SHA256.HashData(frame.View.Pixels));
        }
        return pictures;
    }
}
