using EdgeCnn.Training.Optimisers;

namespace EdgeCnn.Training.Tests.Optimisers;

public class ScheduleTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant)]
    [InlineData(ScheduleKind.Step)]
    [InlineData(ScheduleKind.Cosine)]
    public void The_rate_rises_in_equal_steps_until_warm_up_is_over(ScheduleKind kind)
    {
        Schedule schedule = new() { Kind = kind, Rate = 0.8, WarmUp = 4, Total = 100 };
        Assert.Equal([0.2, 0.4, 0.6, 0.8], [.. Enumerable.Range(0, 4).Select(step => Math.Round(schedule.At(step), 12))]);
        Assert.Equal(0.8, schedule.At(4), 12);
    }

    [Fact]
    public void The_cosine_falls_from_the_first_rate_to_the_least_one_and_is_half_way_in_the_middle()
    {
        Schedule schedule = new() { Rate = 2, Total = 101, Least = 0.1 };
        Assert.Equal(2, schedule.At(0), 12);
        Assert.Equal(2 * 0.55, schedule.At(50), 12);
        Assert.Equal(2 * (0.1 + (0.9 * (1 + Math.Sqrt(0.5)) / 2)), schedule.At(25), 12);
        Assert.Equal(0.2, schedule.At(100), 12);
        Assert.Equal(0.2, schedule.At(1000), 12);
        Assert.All(Enumerable.Range(1, 100), step => Assert.True(schedule.At(step) < schedule.At(step - 1), $"step {step}"));
    }

    [Fact]
    public void Steps_fall_after_each_third_of_the_run()
    {
        Schedule schedule = new() { Kind = ScheduleKind.Step, Rate = 1, Total = 30 };
        Assert.Equal([1, 1, 0.1, 0.1, 0.01, 0.01, 0.01],
            [.. new long[] { 0, 9, 10, 19, 20, 29, 30 }.Select(step => Math.Round(schedule.At(step), 12))]);
    }

    [Fact]
    public void A_run_of_one_step_has_a_rate() => Assert.Equal(1, new Schedule { Rate = 1, Total = 1 }.At(0), 12);
}
