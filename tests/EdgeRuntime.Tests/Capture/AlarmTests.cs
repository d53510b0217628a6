using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

public class AlarmTests
{
    [Fact]
    public async Task A_sleeper_whose_time_has_come_while_it_lay_down_does_not_sleep()
    {
        HastyTime time = new();
        using Alarm alarm = new(time);
        Task sleeper = Task.Run(() => alarm.SleepUntil(time.GetTimestamp() + (50 * TimeSpan.TicksPerMillisecond)));
        Assert.True(await Task.WhenAny(sleeper, Task.Delay(TimeSpan.FromSeconds(10))) == sleeper, "It slept on.");
    }

    /// <summary>A clock that goes on by a minute just before a timer is set, whose timers never ring.</summary>
    private sealed class HastyTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Silent(this);

        private sealed class Silent(HastyTime time) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Interlocked.Add(ref time._ticks, TimeSpan.TicksPerMinute);
                return true;
            }

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
