using System.Diagnostics;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using EdgeCnn.EdgeRuntime.Publishing.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>The threads around a protocol, on real pseudo-terminals, with the real clock.</summary>
public sealed class LinkPublisherTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void A_virtual_robot_obeys_and_acknowledges_what_is_published()
    {
        using var robot = new VirtualRobot(TimeProvider.System);
        using LinkPublisher link = Open(robot.PortName);
        link.Start();
        Drive(link, () => robot.State is { TargetsObeyed: >= 30, Heartbeats: >= 3 } && link.Status is { Acknowledged: >= 30 });
        LinkStatus status = link.Status;
        RobotState state = robot.State;
        Assert.Equal((LinkState.Up, "", 0), (status.State, status.Detail, status.Errors));
        Assert.InRange(status.RoundTrip, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
        Assert.Equal((0, 0, SystemState.Running), (state.Errors, state.Lost, state.Host));
        Assert.InRange(link.CaptureToWire.Count, 30, long.MaxValue);
        Eventually(() => Math.Abs(robot.State.PanDegrees + 12.5) < 0.1 && Math.Abs(robot.State.TiltDegrees - 3.4) < 0.1, keepAlive: link);
    }

    [Fact]
    public void A_robot_stops_by_itself_when_the_pipeline_hangs()
    {
        using var robot = new VirtualRobot(TimeProvider.System);
        using LinkPublisher link = Open(robot.PortName);
        link.Start();
        Drive(link, () => robot.State.HasTarget);
        Eventually(() => !robot.State.HasTarget);
        Assert.InRange(robot.State.StopsByTtl, 1, long.MaxValue);
        Thread.Sleep(300); // what was on its way arrives
        long heartbeats = robot.State.Heartbeats;
        Thread.Sleep(600);
        Assert.Equal(heartbeats, robot.State.Heartbeats);
        Eventually(() => robot.State.Targets > robot.State.TargetsObeyed); // told once that there is nothing
        Eventually(() => link.Status.State == LinkState.Up); // the port is not given up: the robot still answers
    }

    [Fact]
    public void Commands_of_the_robot_reach_the_pipeline()
    {
        using var robot = new VirtualRobot(TimeProvider.System);
        using LinkPublisher link = Open(robot.PortName);
        link.Start();
        Eventually(() => link.Status.State == LinkState.Up);
        robot.Send(new(RobotCommandKind.Pause, 0));
        RobotCommand command = default;
        Eventually(() => link.TryTakeCommand(out command));
        Assert.Equal(RobotCommandKind.Pause, command.Kind);
    }

    [Fact]
    public void A_port_that_vanishes_is_reopened_until_it_is_back()
    {
        string name = Path.Combine(Directory.CreateTempSubdirectory("edgecnn-").FullName, "board");
        var first = new VirtualRobot(TimeProvider.System);
        File.CreateSymbolicLink(name, first.PortName);
        using LinkPublisher link = Open(name);
        link.Start();
        Drive(link, () => first.State.TargetsObeyed > 0);
        File.Delete(name);
        first.Dispose();
        Eventually(() => link.Status.State == LinkState.Lost);
        Drive(link, () => link.Status.Detail.Contains("No such file", StringComparison.Ordinal));
        using var second = new VirtualRobot(TimeProvider.System);
        File.CreateSymbolicLink(name, second.PortName);
        Drive(link, () => second.State.TargetsObeyed > 10);
        Assert.InRange(link.Status.Reopened, 1, long.MaxValue);
        Directory.Delete(Path.GetDirectoryName(name)!, recursive: true);
    }

    [Fact]
    public void A_far_end_that_goes_silent_is_closed_and_greeted_again()
    {
        using var terminal = new PseudoTerminal();
        using LinkPublisher link = Open(terminal.FarName);
        link.Start();
        var reader = new FrameReader();
        Await(terminal, reader, MessageType.Hello);
        terminal.Near.Write(Wire(new HelloReplyMessage(new(1, LinkRole.Microcontroller, "mute"u8))));
        Eventually(() => link.Status.State == LinkState.Up);
        var clock = Stopwatch.StartNew();
        Await(terminal, reader, MessageType.Hello);
        Assert.InRange(clock.ElapsedMilliseconds, 900, long.MaxValue);
        Assert.InRange(link.Status.Reopened, 1, long.MaxValue);
    }

    [Fact]
    public void On_a_noisy_cable_the_link_stays_up_and_nobody_acts_on_a_false_message()
    {
        const int seed = 3;
        var random = new Random(seed);
        using var hostSide = new PseudoTerminal();
        using var robot = new VirtualRobot(TimeProvider.System);
        using LinkPort robotSide = LinkPort.Open(robot.PortName, 115200);
        Pump(hostSide.Near, robotSide.Stream, random);
        Pump(robotSide.Stream, hostSide.Near, random);
        using LinkPublisher link = Open(hostSide.FarName, new LinkOptions { Detections = true });
        link.Start();
        double furthest = 0;
        Drive(link, () =>
        {
            RobotState state = robot.State;
            furthest = Math.Max(furthest, Math.Max(Math.Abs(state.PanDegrees), Math.Abs(state.TiltDegrees)));
            return state is { TargetsObeyed: > 300, Errors: > 10 } && link.Status is { Acknowledged: > 300, Errors: > 10 };
        });
        Assert.True(furthest < 12.6, $"seed {seed}: the robot turned to {furthest:0.0} degrees, where nobody sent it");
        Drive(link, () => link.Status.State == LinkState.Up);
    }

    [Fact]
    public void A_far_end_that_reads_nothing_never_delays_who_publishes()
    {
        using var terminal = new PseudoTerminal();
        using LinkPublisher link = Open(terminal.FarName, new LinkOptions { Required = false, Detections = true });
        link.Start();
        // One blocked write lasts 200 ms: whoever waited for it would need minutes to lose so many.
        var clock = Stopwatch.StartNew();
        while (link.Status.Dropped < 1000 && clock.Elapsed < Patience)
        {
            link.Publish(Reports.Seen(TimeProvider.System));
            link.Beat(Reports.Running());
            Thread.Sleep(1);
        }
        Assert.InRange(link.Status.Dropped, 1000, long.MaxValue);
    }

    [Fact]
    public void Closing_does_not_hang_on_a_blocked_write()
    {
        using var terminal = new PseudoTerminal();
        LinkPublisher link = Open(terminal.FarName, new LinkOptions { Required = false });
        link.Start();
        for (int frame = 0; frame < 500; frame++)
        {
            link.Publish(Reports.Seen(TimeProvider.System));
            Thread.Sleep(1);
        }
        var clock = Stopwatch.StartNew();
        link.Dispose();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Patience);
    }

    [Fact]
    public void A_port_that_is_not_there_at_the_start_is_an_error()
    {
        using LinkPublisher link = Open("/dev/ttyNOBODY7");
        Assert.Throws<LinkException>(link.Start);
    }

    private static LinkPublisher Open(string port, LinkOptions? options = null)
    {
        var protocol = new EdgeLinkProtocol(options ?? new LinkOptions(), TimeProvider.System);
        return new(protocol, $"EdgeLink {port}", () => LinkPort.Open(port, 115200), TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>Plays the pipeline at a hundred frames a second until something holds.</summary>
    private static void Drive(LinkPublisher link, Func<bool> holds)
    {
        var clock = Stopwatch.StartNew();
        for (int frame = 0; !holds(); frame++)
        {
            Assert.True(clock.Elapsed < Patience, $"still not after {clock.Elapsed.TotalSeconds:0} s: {link.Status}");
            link.Publish(Reports.Seen(TimeProvider.System, frame));
            link.Beat(Reports.Running());
            Thread.Sleep(10);
        }
    }

    private static void Eventually(Func<bool> holds, LinkPublisher? keepAlive = null)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(clock.Elapsed < Patience, "still not");
            keepAlive?.Publish(Reports.Seen(TimeProvider.System));
            Thread.Sleep(5);
        }
    }

    /// <summary>A cable that damages one byte in three hundred.</summary>
    private static void Pump(Stream from, Stream to, Random random)
    {
        var pump = new Thread(() =>
        {
            byte[] buffer = new byte[256];
            try
            {
                while (from.Read(buffer) is var count and > 0)
                {
                    byte[] damaged;
                    lock (random)
                        damaged = LineNoise.Apply(buffer[..count], random, rate: 1.0 / 300);
                    to.Write(damaged);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The test is over.
            }
        });
        pump.IsBackground = true;
        pump.Start();
    }

    private static void Await(PseudoTerminal terminal, FrameReader reader, MessageType type)
    {
        terminal.Near.ReadTimeout = (int)Patience.TotalMilliseconds;
        byte[] buffer = new byte[256];
        while (true)
        {
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, terminal.Near.Read(buffer));
            while (reader.TryRead(ref bytes, out ReceivedFrame frame))
            {
                if (frame.Type == type)
                    return;
            }
        }
    }

    private static byte[] Wire<T>(T message) where T : IMessage<T>, allows ref struct
    {
        byte[] wire = new byte[LinkFrame.MaxWire];
        return wire[..LinkFrame.Encode(message, 0, wire)];
    }
}
