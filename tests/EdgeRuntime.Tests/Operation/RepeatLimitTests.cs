using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Operation;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Operation;

public sealed class RepeatLimitTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_fault_that_repeats_is_written_some_times_a_minute_and_then_with_how_often_it_was_not()
    {
        RepeatLimit limit = new(_time);
        int written = 0, heldBack = 0;
        for (int second = 0; second < 600; second++)
        {
            if (limit.Passes($"Camera lost: No picture came for {second} s.", out int others))
                (written, heldBack) = (written + 1, heldBack + others);
            _time.Advance(1000);
        }

        Assert.Equal(60, written);
        Assert.InRange(heldBack + written, 540, 600);
        Assert.Equal(" (54 more like this were left out.)", RepeatLimit.Remark(54));
    }

    [Fact]
    public void Different_messages_do_not_hold_each_other_back_and_ever_new_ones_take_no_more_memory()
    {
        RepeatLimit limit = new(_time);
        for (int i = 0; i < 5000; i++)
        {
            string name = string.Concat($"{i}".Select(digit => (char)('a' + digit - '0')));
            Assert.True(limit.Passes($"unknown setting {name}", out _), name);
        }
        Assert.Equal("", RepeatLimit.Remark(0));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(14, 0, true)]
    [InlineData(40, 0, false)]
    [InlineData(5, 3, true)]
    [InlineData(5, 40, false)]
    public void Pictures_that_stay_black_are_noticed_and_a_dark_room_with_a_lamp_is_not_black(int grey, int lamp, bool black)
    {
        using Frame frame = new(new Mat(480, 640, MatType.CV_8UC3, Scalar.All(grey)));
        Cv2.Rectangle(frame.Mat, new Rect(300, 200, Math.Max(1, lamp), Math.Max(1, lamp)), Scalar.All(lamp == 0 ? grey : 250), -1);
        DarkPicture dark = new(_time);
        for (int second = 0; second < 3; second++)
        {
            dark.Look(frame.View);
            Assert.False(dark.IsDark, $"after {second} s");
            _time.Advance(1000);
        }
        dark.Look(frame.View);
        Assert.Equal(black, dark.IsDark);

        frame.Mat.SetTo(Scalar.All(90));
        dark.Look(frame.View);
        Assert.False(dark.IsDark);
    }
}
