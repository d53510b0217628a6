using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Debugging;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Checkpoints;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

public class LossCurveTests
{
    private static readonly (byte Blue, byte Green, byte Red) Learned = (180, 95, 30), Validated = (20, 120, 230), Scored = (70, 150, 50);

    [Fact]
    public void Each_line_is_drawn_in_its_colour_and_falls_and_rises_as_its_values_do()
    {
        using Frame frame = LossCurve.Draw("lenet5 on mnist", Epochs(30));
        Assert.True(Row(frame, Learned, 200) < Row(frame, Learned, 800), "the loss falls");
        Assert.True(Row(frame, Scored, 200) > Row(frame, Scored, 800), "the score rises");
        Assert.True(Row(frame, Validated, 800) > 0, "the validation loss is there");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Any_number_of_epochs_can_be_drawn(int count)
    {
        using Frame frame = LossCurve.Draw("few", Epochs(count));
        Assert.Equal((1200, 700), (frame.Width, frame.Height));
        Assert.Contains(Enumerable.Range(90, 1021), x => Row(frame, Learned, x) > 0);
    }

    [Fact]
    public void Without_validation_there_is_one_line()
    {
        EpochResult[] epochs = [.. Epochs(5).Select(epoch => epoch with { ValidationLoss = null, Measure = null, Score = null })];
        using Frame frame = LossCurve.Draw("one", epochs);
        Assert.DoesNotContain(Enumerable.Range(90, 1021), x => Row(frame, Scored, x) > 0);
    }

    [Fact]
    public void The_table_has_a_line_for_each_epoch_and_a_column_for_each_part()
    {
        EpochResult epoch = Epochs(1)[0] with { Parts = new Dictionary<string, double> { ["box"] = 0.5, ["class"] = 0.25 } };
        Assert.Equal(
            "epoch,steps,rate,loss,box,class,validation loss,top-1,best,seconds\n1,100,0.001,2.05,0.5,0.25,2.55,0.5,1,2.5\n",
            LossCurve.Csv([epoch]));
    }

    [Theory]
    [InlineData(0, 1, 0, 1)]
    [InlineData(0, 0.07, 0, 0.08)]
    [InlineData(0.35, 1, 0.2, 1)]
    [InlineData(0, 733, 0, 800)]
    public void Marks_of_an_axis_are_round_and_enclose_the_values(double low, double high, double first, double last)
    {
        PlotAxis axis = PlotAxis.Linear(low, high);
        Assert.Equal(first, axis.Marks[0], 9);
        Assert.Equal(last, axis.Marks[^1], 9);
        Assert.InRange(axis.Marks.Count, 4, 8);
        Assert.Equal((0, 1), (axis.Share(first), axis.Share(last)));
    }

    [Theory]
    [InlineData(0.01, 40)]
    [InlineData(0.5, 20)]
    [InlineData(3e-6, 7000)]
    public void Losses_of_different_powers_are_drawn_on_a_logarithmic_axis(double low, double high)
    {
        PlotAxis axis = PlotAxis.Over([low, high, Math.Sqrt(low * high)]);
        Assert.InRange(axis.Share(Math.Sqrt(low * high)), 0.3, 0.7);
        Assert.True(axis.Share(low) < 0.2 && axis.Share(high) > 0.8);
    }

    private static EpochResult[] Epochs(int count) =>
    [
        .. Enumerable.Range(1, count).Select(epoch => new EpochResult(
            epoch, 100 * epoch, 0.001, (2 / (double)epoch) + 0.05, new Dictionary<string, double>(), (2.5 / epoch) + 0.05, "top-1",
            1 - (0.5 / epoch), Best: true, Seconds: 2.5)),
    ];

    /// <summary>The uppermost row of a column that has nearly this colour, below the legend; -1 for none.</summary>
    private static int Row(Frame frame, (byte Blue, byte Green, byte Red) colour, int x)
    {
        ImageView view = frame.View;
        for (int y = 85; y < view.Height; y++)
        {
            ReadOnlySpan<byte> pixel = view.Row(y).Slice(3 * x, 3);
            if (Math.Abs(pixel[0] - colour.Blue) + Math.Abs(pixel[1] - colour.Green) + Math.Abs(pixel[2] - colour.Red) < 30) return y;
        }
        return -1;
    }
}
