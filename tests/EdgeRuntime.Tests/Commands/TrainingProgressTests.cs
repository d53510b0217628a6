using EdgeCnn.EdgeRuntime.Commands.Learning;
using EdgeCnn.Training.Running;

namespace EdgeCnn.EdgeRuntime.Tests.Commands;

public class TrainingProgressTests
{
    [Fact]
    public void The_bar_shows_the_epoch_and_the_time_left_that_of_the_run()
    {
        // A quarter of the run took a minute; three are left.
        StepReport step = new(Epoch: 1, Epochs: 2, StepInEpoch: 50, StepsPerEpoch: 100, Loss: 0.5, Rate: 0.001);
        Assert.Equal(
            "epoch 1/2 [############............] 50/100  loss 0.5000  rate 0.001  3:00 left",
            TrainingProgress.Line(step, startShare: 0, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void What_was_done_before_a_run_went_on_does_not_count_for_the_time()
    {
        // Half of the run was done before; a quarter took ten minutes, and a quarter is left.
        StepReport step = new(Epoch: 2, Epochs: 2, StepInEpoch: 5, StepsPerEpoch: 10, Loss: 1, Rate: 1e-6);
        Assert.EndsWith(
            "rate 0.000001  10:00 left", TrainingProgress.Line(step, startShare: 0.5, TimeSpan.FromMinutes(10)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_step_leaves_no_time()
    {
        StepReport step = new(Epoch: 3, Epochs: 3, StepInEpoch: 7, StepsPerEpoch: 7, Loss: 0, Rate: 0);
        Assert.Equal(
            "epoch 3/3 [########################] 7/7  loss 0.0000  rate 0  0:00 left",
            TrainingProgress.Line(step, startShare: 0, TimeSpan.FromHours(3)));
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(125, "2:05")]
    [InlineData(3725, "1:02:05")]
    public void Times_have_hours_where_they_are_needed(int seconds, string text) =>
        Assert.Equal(text, TrainingProgress.Text(TimeSpan.FromSeconds(seconds)));
}
