using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;
using static EdgeCnn.EdgeRuntime.Tests.Tracking.Scene;

namespace EdgeCnn.EdgeRuntime.Tests.Tracking;

public class TrackerTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(60)]
    public void An_object_that_moves_steadily_keeps_its_id_and_its_speed_is_found_at_any_frame_rate(int fps)
    {
        Scene scene = new();
        HashSet<byte> ids = [];
        Track last = default;
        for (double t = 0; t < 3000; t += 1000.0 / fps)
        {
            // Two and a half times its own size per second.
            foreach (Track track in scene.Show(t, At(50 + (0.1 * t), 100 - (0.02 * t))))
            {
                ids.Add(track.Id);
                last = track;
            }
        }
        Assert.Single(ids);
        Assert.Equal(100, last.VelocityX, 8f);
        Assert.Equal(-20, last.VelocityY, 8f);
        Assert.False(last.Predicted);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(30)]
    public void Two_objects_that_cross_keep_their_ids(int fps)
    {
        Scene scene = new();
        Dictionary<byte, double> firstSeen = [];
        IReadOnlyList<Track> tracks = [];
        for (double t = 0; t <= 2000; t += 1000.0 / fps)
        {
            tracks = scene.Show(t, At(100 + (0.1 * t), 100), At(300 - (0.1 * t), 115));
            foreach (Track track in tracks) firstSeen.TryAdd(track.Id, track.Box.CentreX);
        }
        Assert.Equal(2, firstSeen.Count);
        foreach (Track track in tracks) Assert.Equal(firstSeen[track.Id] < 200, track.Box.CentreX > 200);
    }

    [Fact]
    public void A_row_of_objects_keeps_its_ids_when_the_camera_turns_by_more_than_half_their_distance()
    {
        Scene scene = new();
        IReadOnlyList<Track> tracks = [];
        for (int frame = 0; frame < 12; frame++)
        {
            double pan = frame < 6 ? 0 : 28 * (frame - 5);
            tracks = scene.Show(frame * 100, [.. Enumerable.Range(0, 5).Select(i => At(100 + (50 * i) + pan, 100))]);
        }
        Assert.Equal(5, tracks.Count);
        Assert.Equal(tracks.Select(track => track.Id), tracks.OrderBy(track => track.Box.X).Select(track => track.Id));
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, tracks.Select(track => track.Id));
    }

    [Fact]
    public void An_object_out_of_sight_is_predicted_for_a_while_then_kept_silently_then_forgotten()
    {
        Scene scene = new(new TrackingOptions { PredictMs = 300, ForgetMs = 1000 });
        for (double t = 0; t <= 500; t += 50) scene.Show(t, At(100 + (0.1 * t), 100));
        Track predicted = Assert.Single(scene.Show(700));
        Assert.True(predicted.Predicted);
        Assert.Equal(170, predicted.Box.CentreX, 3f);
        Assert.Empty(scene.Show(900));
        Track back = Assert.Single(scene.Show(1100, At(210, 100)));
        Assert.Equal((1, false), (back.Id, back.Predicted));
        Assert.Empty(scene.Show(2200, At(320, 100)));
        Assert.NotEqual(1, Assert.Single(scene.Show(2300, At(330, 100))).Id);
    }

    [Fact]
    public void A_single_false_detection_is_never_reported()
    {
        Scene scene = new();
        for (int frame = 0; frame < 60; frame++) Assert.Empty(scene.Show(frame * 200, frame % 3 == 0 ? [At(100, 100)] : []));
    }

    [Fact]
    public void A_new_object_is_reported_after_the_time_to_confirm_at_any_frame_rate()
    {
        foreach (int fps in new[] { 4, 15, 30, 100 })
        {
            Scene scene = new(new TrackingOptions { ConfirmMs = 100 });
            double reported = -1;
            for (double t = 0; reported < 0 && t < 2000; t += 1000.0 / fps)
            {
                if (scene.Show(t, At(100, 100)).Count > 0) reported = t;
            }
            Assert.InRange(reported, 100, 100 + (1000.0 / fps));
        }
    }

    [Fact]
    public void Weak_detections_continue_a_track_and_never_begin_one()
    {
        Scene scene = new(new TrackingOptions { Confident = 0.5f });
        for (int frame = 0; frame < 10; frame++) Assert.Empty(scene.Show(frame * 40, At(100, 100, confidence: 0.3f)));
        for (int frame = 10; frame < 20; frame++) scene.Show(frame * 40, At(100, 100));
        for (int frame = 20; frame < 40; frame++)
        {
            Track track = Assert.Single(scene.Show(frame * 40, At(101, 100, confidence: 0.2f)));
            Assert.Equal((1, false, 0.2f), (track.Id, track.Predicted, track.Confidence));
        }
    }

    [Fact]
    public void A_strong_detection_goes_before_a_weak_one()
    {
        Scene scene = new();
        for (int frame = 0; frame < 5; frame++) scene.Show(frame * 50, At(100, 100));
        Assert.Equal(0.8f, Assert.Single(scene.Show(250, At(100, 100, confidence: 0.3f), At(104, 100, confidence: 0.8f))).Confidence);
    }

    [Fact]
    public void Classes_are_kept_apart_unless_told_otherwise()
    {
        foreach (bool aware in new[] { true, false })
        {
            Scene scene = new(new TrackingOptions { ClassAware = aware });
            for (int frame = 0; frame < 5; frame++) scene.Show(frame * 50, At(100, 100, classId: 2));
            IReadOnlyList<Track> tracks = scene.Show(250, At(100, 100, classId: 7));
            Assert.Equal((aware ? 2 : 7, aware), (Assert.Single(tracks).ClassId, tracks[0].Predicted));
        }
    }

    [Fact]
    public void Jitter_of_boxes_is_smoothed_and_jitter_of_time_does_no_harm()
    {
        Random random = new(9);
        Scene scene = new();
        double t = 0, raw = 0, smooth = 0;
        int count = 0;
        for (int frame = 0; frame < 400; frame++)
        {
            t += 10 + (random.NextDouble() * 60);
            double place = 100 + (0.05 * t), noise = (random.NextDouble() - 0.5) * 6;
            IReadOnlyList<Track> tracks = scene.Show(t, At(place + noise, 100));
            if (frame < 50) continue;
            count++;
            raw += noise * noise;
            smooth += Math.Pow(Assert.Single(tracks).Box.CentreX - place, 2);
            Assert.Equal(1, tracks[0].Id);
        }
        Assert.True(smooth < 0.7 * raw, $"The mean square error is {smooth / count} after and {raw / count} before the filter.");
    }

    [Theory]
    [InlineData(-5000)]
    [InlineData(-1)]
    [InlineData(0)]
    public void A_clock_that_jumps_back_or_stands_still_disturbs_nobody(double jump)
    {
        Scene scene = new();
        for (double t = 0; t <= 500; t += 50) scene.Show(t, At(100, 100));
        for (int frame = 0; frame < 10; frame++)
        {
            Track track = Assert.Single(scene.Show(500 + jump + (frame * 50), At(100, 100)));
            Assert.Equal((1, false), (track.Id, track.Predicted));
            Assert.True(double.IsFinite(track.VelocityX));
        }
    }

    [Fact]
    public void After_a_long_pause_everything_is_new()
    {
        Scene scene = new();
        for (double t = 0; t <= 500; t += 50) scene.Show(t, At(100, 100));
        Assert.Empty(scene.Show(3_600_000, At(100, 100)));
        Track track = Assert.Single(scene.Show(3_600_100, At(100, 100)));
        Assert.Equal(2, track.Id);
        Assert.Equal(100, track.Age.TotalMilliseconds, 1.0);
    }

    [Fact]
    public void Ids_go_round_from_1_to_255_and_none_is_given_twice_at_a_time()
    {
        Scene scene = new(new TrackingOptions { ConfirmMs = 0, ForgetMs = 20, PredictMs = 0 });
        List<byte> ids = [];
        for (int frame = 0; frame < 300; frame++) ids.Add(Assert.Single(scene.Show(frame * 100, At(100 + (500 * (frame % 2)), 100))).Id);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (byte)((i % 255) + 1)), ids);
    }

    [Fact]
    public void False_detections_use_up_no_ids()
    {
        Scene scene = new();
        for (int frame = 0; frame < 50; frame++) scene.Show(frame * 200, At(300 * (frame % 3), 300));
        for (int frame = 50; frame < 52; frame++) scene.Show(frame * 200, At(100, 100));
        Assert.Equal(1, Assert.Single(scene.Show(52 * 200, At(100, 100))).Id);
    }

    [Fact]
    public void More_objects_than_ids_are_borne()
    {
        Scene scene = new(new TrackingOptions { ConfirmMs = 0 });
        Detection[] crowd = [.. Enumerable.Range(0, 300).Select(i => At(50 * (i % 20), 50 * (i / 20), 30))];
        for (int frame = 0; frame < 3; frame++)
        {
            IReadOnlyList<Track> tracks = scene.Show(frame * 50, crowd);
            Assert.Equal(255, tracks.Select(track => track.Id).Distinct().Count());
            Assert.DoesNotContain((byte)0, tracks.Select(track => track.Id));
        }
    }

    [Fact]
    public void Boxes_without_size_do_no_harm()
    {
        Scene scene = new();
        for (int frame = 0; frame < 20; frame++)
        {
            foreach (
                Track track in scene.Show(
                    frame * 50, new Detection(new Box(5, 5, 0, 0), 0, 0.9f), new Detection(new Box(5, 5, 0, 80), 0, 0.9f)))
                Assert.True(float.IsFinite(track.Box.X + track.Box.Width + track.VelocityX));
        }
    }

    [Fact]
    public void Nothing_is_allocated_in_the_steady_state()
    {
        Scene scene = new();
        List<Detection> detections = [];
        List<Track> tracks = [];
        long before = 0;
        for (int frame = 0; frame < 600; frame++)
        {
            detections.Clear();
            for (int i = 0; i < 12; i++)
            {
                // One in ten is missed, and a new one appears now and then.
                if ((frame + i) % 10 != 0)
                    detections.Add(At(60 * i, 100 + (frame % 200), confidence: i % 4 == 0 ? 0.3f + (frame % 3 * 0.2f) : 0.9f));
            }
            if (frame == 300) before = GC.GetAllocatedBytesForCurrentThread();
            scene.Feed(frame * 33, detections, tracks);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
