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

    [Fact]
    public void A_board_that_tells_nothing_is_neither_hot_nor_throttled()
    {
        using Board board = new(_root);

        Assert.Equal(0, board.TemperatureC);
        Assert.False(board.IsThrottled);
    }

    private string Write(string name, string text)
    {
        string path = Path.Join(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
