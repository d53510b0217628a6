using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Tests;
using OpenCvSharp;
using Tracker = EdgeCnn.EdgeRuntime.Tracking.Tracker;

namespace EdgeCnn.EdgeRuntime.Tests.Tracking;

public class RealSceneTests
{
    private const string Video = "video/one-by-one-person-detection.mp4";

    /// <summary>Three people come in and go, one after the other; the video has 10 frames per second.</summary>
    [SharedDataTheory(Video, "models/yolox_nano.onnx")]
    [InlineData(3)]
    [InlineData(8)]
    public void Three_people_get_three_ids_although_most_frames_are_dropped(int oneIn)
    {
        using VisionModel vision = VisionModel.Load(
            new ModelOptions { Path = Repository.Data("models/yolox_nano.onnx"), Confidence = 0.2f },
            new InferenceOptions { Backend = InferenceOptions.OnnxRuntime, Threads = 2 });
        OutputReader outputs = vision.Network.Output;
        Tracker tracker = new(new TrackingOptions(), TimeProvider.System);
        Dictionary<byte, int> framesOf = [];
        List<Detection> detections = [];
        List<Track> tracks = [];
        using VideoCapture video = new(Repository.Data(Video));
        using Mat mat = new();
        for (int frame = 0; frame < 640 && video.Grab(); frame++)
        {
            if (frame % oneIn != 0 || !video.Retrieve(mat)) continue;
            vision.Prepare(View(mat));
            vision.Network.Run();
            vision.Decode(outputs, detections, []);
            tracker.Update(detections, frame * TimeProvider.System.TimestampFrequency / 10, tracks);
            foreach (Track track in tracks.Where(track => vision.Label(track.ClassId) == "person"))
                framesOf[track.Id] = framesOf.GetValueOrDefault(track.Id) + 1;
        }
        Assert.Equal(3, framesOf.Count);
        Assert.All(framesOf.Values, frames => Assert.True(frames >= 70 / oneIn, $"seen in {frames} frames of one in {oneIn}"));
    }

    private static unsafe ImageView View(Mat mat) =>
        new(new ReadOnlySpan<byte>(mat.DataPointer, checked((int)(mat.Step() * mat.Rows))), mat.Cols, mat.Rows, (int)mat.Step());
}
