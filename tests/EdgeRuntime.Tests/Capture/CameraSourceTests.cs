using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

public sealed class CameraSourceTests
{
    [Theory]
    [InlineData("pattern", "Pattern")]
    [InlineData("synthetic", "Synthetic")]
    [InlineData("synthetic:7", "Synthetic")]
    [InlineData("rtsp://cam/live", "Stream")]
    [InlineData("HTTP://cam/video.mjpg", "Stream")]
    [InlineData("udp://127.0.0.1:5000", "Stream")]
    [InlineData("v4l2src ! videoconvert ! appsink", "Pipeline")]
    [InlineData("csi", "Pipeline")]
    [InlineData("argus:1", "Pipeline")]
    [InlineData("/etc", "Pictures")]
    [InlineData("shots/*.jpg", "Pictures")]
    public void A_source_is_what_it_looks_like(string text, string kind) =>
        Assert.Equal(kind, CameraSource.Parse(new() { Source = text }).Kind.ToString());

    [Fact]
    public void Files_are_told_apart_by_their_ending()
    {
        string folder = Films.TemporaryFolder();
        File.WriteAllText(Path.Combine(folder, "a.JPG"), "");
        File.WriteAllText(Path.Combine(folder, "a.mp4"), "");
        Assert.Equal(SourceKind.Pictures, CameraSource.Parse(new() { Source = Path.Combine(folder, "a.JPG") }).Kind);
        Assert.Equal(SourceKind.Video, CameraSource.Parse(new() { Source = Path.Combine(folder, "a.mp4") }).Kind);
    }

    [Fact]
    public void A_pipeline_without_an_end_gets_one_that_keeps_the_newest_picture()
    {
        Assert.Equal(
            "videotestsrc ! videoscale ! videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false",
            CameraSource.Parse(new() { Source = "videotestsrc ! videoscale ! " }).Target);
        Assert.Equal("videotestsrc ! appsink", CameraSource.Parse(new() { Source = "videotestsrc ! appsink" }).Target);
    }

    [Fact]
    public void Shorthands_carry_the_size_and_rate_that_are_asked_for()
    {
        CaptureOptions options = new() { Source = "csi", Width = 640, Height = 480, Fps = 60 };
        Assert.StartsWith("libcamerasrc ! video/x-raw,width=640,height=480,framerate=60/1 ! ", CameraSource.Parse(options).Target,
            StringComparison.Ordinal);
        options.Source = "argus:2";
        Assert.StartsWith("nvarguscamerasrc sensor-id=2 ! video/x-raw(memory:NVMM),width=640,", CameraSource.Parse(options).Target,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtsp://admin:s3cret@cam:554/live", "rtsp://admin:***@cam:554/live")]
    [InlineData("rtspsrc location=rtsp://a:b@c/d ! decodebin", "rtspsrc location=rtsp://a:***@c/d ! decodebin")]
    [InlineData("http://cam:8080/video?at=12:00@home", "http://cam:8080/video?at=12:00@home")]
    [InlineData("rtsp://admin@cam/live", "rtsp://admin@cam/live")]
    public void A_password_in_an_address_is_not_shown(string source, string shown) =>
        Assert.Equal(shown, CameraSource.WithoutPassword(source));

    [Theory]
    [InlineData("film-that-is-not-there.mp4")]
    [InlineData("argus:x")]
    [InlineData("webcam")]
    public void What_names_nothing_is_refused_with_the_forms_there_are(string text)
    {
        string refusal = Assert.Throws<EdgeException>(() => CameraSource.Parse(new() { Source = text })).Message;
        Assert.StartsWith($"Camera:Source \"{text}\"", refusal, StringComparison.Ordinal);
        Assert.Contains("/dev/v4l/by-path", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("97")]
    [InlineData("/dev/video97")]
    public void A_camera_that_is_not_there_is_refused(string text) =>
        Assert.StartsWith("There is no camera /dev/video97",
            Assert.Throws<EdgeException>(() => CameraSource.Parse(new() { Source = text })).Message, StringComparison.Ordinal);
}
