using EdgeCnn.EdgeRuntime.Operation;

namespace EdgeCnn.EdgeRuntime.Tests.Operation;

public sealed class BoardTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("edgecnn-board-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_hottest_zone_is_told_and_read_anew_each_time()
    {
        string zone = Write("sys/class/thermal/thermal_zone1/temp", "61250\n");
        Write("sys/class/thermal/thermal_zone0/temp", "48000\n");
        Write("sys/class/thermal/thermal_zone2/temp", "unreadable\n");
        using Board board = new(_root);
        Assert.Equal(61, board.TemperatureC);

        File.WriteAllText(zone, "39900\n");

        Assert.Equal(48, board.TemperatureC);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("50000", false)]
    [InlineData("50005", true)]
    [InlineData("4", true)]
    public void Throttling_is_what_the_firmware_says_of_now_not_of_the_past(string word, bool throttled)
    {
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", word + "\n");
        using Board board = new(_root);

        Assert.Equal(throttled, board.IsThrottled);
    }

    [Theory]
    [InlineData("soc@107c000000/soc@107c000000:firmware")]
    [InlineData("soc/soc:firmware")]
    public void The_firmware_is_found_on_every_raspberry_pi(string firmware)
    {
        Write($"sys/devices/platform/{firmware}/get_throttled", "8\n");
        using Board board = new(_root);

        Assert.True(board.IsThrottled);
    }

    [Theory]
    [InlineData("thermal-cpufreq-0", "3", true)]
    [InlineData("cpufreq-cpu0", "1", true)]
    [InlineData("cpufreq-cpu0", "0", false)]
    [InlineData("pwm-fan", "4", false)]
    public void A_cooling_device_that_holds_the_clock_down_is_throttling_and_a_fan_is_not(string type, string state, bool throttled)
    {
        Write("sys/class/thermal/cooling_device0/type", type + "\n");
        Write("sys/class/thermal/cooling_device0/cur_state", state + "\n");
        using Board board = new(_root);

        Assert.Equal(throttled, board.IsThrottled);
    }

    [Fact]
    public void Free_memory_and_load_are_what_the_kernel_says()
    {
        Write("proc/meminfo", "MemTotal:        3884312 kB\nMemFree:          105000 kB\nMemAvailable:    2000000 kB\nBuffers: 1 kB\n");
        Write("proc/loadavg", "1.25 0.90 0.50 2/345 6789\n");
        using Board board = new(_root);

        Assert.Equal((2048, 1.25), (board.FreeMemoryMegabytes, board.Load));
    }

    [Fact]
    public void A_board_that_tells_nothing_is_neither_hot_nor_throttled()
    {
        using Board board = new(_root);

        Assert.Equal(0, board.TemperatureC);
        Assert.False(board.IsThrottled);
        Assert.Null(board.FreeMemoryMegabytes);
        Assert.Null(board.Load);
    }

    private string Write(string name, string text)
    {
        string path = Path.Join(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
