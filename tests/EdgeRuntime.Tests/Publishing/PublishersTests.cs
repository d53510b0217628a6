using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Json;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class PublishersTests
{
    [Fact]
    public void Without_a_port_and_an_output_there_is_nobody_to_tell() => Assert.Empty(Open(new LinkOptions(), new OutputOptions()));

    [Fact]
    public void The_virtual_robot_is_told_and_moves()
    {
        IReadOnlyList<IPublisher> publishers = Open(new LinkOptions { Port = "virtual" }, new OutputOptions());
        using var link = Assert.IsType<LinkPublisher>(Assert.Single(publishers));
        Assert.NotNull(link.Robot);
        link.Start();
        var clock = Stopwatch.StartNew();
        while (link.Robot.State.TargetsObeyed < 5)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"the robot does not move: {link.Status}");
            link.Publish(Reports.Seen(TimeProvider.System));
            Thread.Sleep(10);
        }
    }

    [Fact]
    public void Link_and_output_stand_side_by_side_and_the_others_come_last()
    {
        using var other = JsonLinesPublisher.Open("udp://127.0.0.1:9", TimeProvider.System);
        IReadOnlyList<IPublisher> publishers = Publishers.Open(
            new LinkOptions { Port = "/dev/ttyACM0", Protocol = "ascii" }, new OutputOptions { Json = "udp://127.0.0.1:9" }, [other],
            TimeProvider.System, NullLogger.Instance);
        Assert.Equal(
            ["ASCII lines /dev/ttyACM0 115200", "JSON lines to udp://127.0.0.1:9", "JSON lines to udp://127.0.0.1:9"],
            publishers.Select(publisher => publisher.Description));
        Assert.Same(other, publishers[2]);
        Assert.All(publishers, publisher => publisher.Dispose());
    }

    [Theory]
    [InlineData("/dev/ttyACM0", "morse", "Link:Protocol is 'morse'")]
    [InlineData("virtual", "mavlink", "Link:Port=virtual speaks EdgeLink only")]
    public void What_can_never_work_is_said_at_once(string port, string protocol, string message) =>
        Assert.StartsWith(
            message, Assert.Throws<LinkException>(() => Open(new LinkOptions { Port = port, Protocol = protocol }, new OutputOptions()))
                .Message, StringComparison.Ordinal);

    private static IReadOnlyList<IPublisher> Open(LinkOptions link, OutputOptions output) =>
        Publishers.Open(link, output, [], TimeProvider.System, NullLogger.Instance);
}
