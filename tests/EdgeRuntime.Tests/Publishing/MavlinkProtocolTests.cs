using System.Buffers.Binary;
using System.Text;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Mavlink;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class MavlinkProtocolTests
{
    private static readonly byte[] Autopilot = Heartbeat(autopilot: 3);

    private readonly ManualTime _time = new();
    private readonly byte[] _buffer = new byte[LinkProtocol.MaxMessage];

    [Fact]
    public void The_heartbeat_is_that_of_the_official_library()
    {
        MavlinkProtocol link = Open(new LinkOptions());
        link.Beat(Reports.Running());
        Assert.Equal("FD09000000 01BF000000 00000000 1208000403 AEC6".Replace(" ", "", StringComparison.Ordinal),
            Convert.ToHexString(Assert.Single(Sent(link))));
    }

    [Fact]
    public void Heartbeats_come_once_a_second_and_only_while_the_loop_beats()
    {
        MavlinkProtocol link = Open(new LinkOptions());
        int count = 0;
        for (int step = 0; step < 300; step++)
        {
            link.Beat(Reports.Running());
            count += Sent(link).Count(frame => Id(frame) == 0);
            _time.Advance(33.4);
        }
        Assert.InRange(count, 9, 11);
        _time.Advance(60_000);
        Assert.Empty(Sent(link));
    }

    [Fact]
    public void No_target_leaves_before_an_autopilot_has_been_heard()
    {
        MavlinkProtocol link = Open(new LinkOptions());
        link.Publish(Reports.Seen(_time));
        Assert.Empty(Sent(link));
        link.Receive(Heartbeat(autopilot: 8)); // a ground station or another computer
        Assert.Equal(LinkState.Greeting, link.Status.State);
        foreach (byte value in (byte[])[0xFD, 0xFE, 0x09, .. Autopilot[..7], .. Autopilot])
            link.Receive([value]);
        Assert.Equal(LinkState.Up, link.Status.State);
        Assert.Equal(149, Id(Assert.Single(Sent(link))));
    }

    [Fact]
    public void A_target_is_said_by_its_angles_in_radians_and_its_distance_in_metres()
    {
        MavlinkProtocol link = Open(new LinkOptions { Required = false });
        _time.Advance(1000);
        Report report = Reports.Seen(_time);
        _time.Advance(38);
        link.Publish(report);
        byte[] frame = Sent(link).Single(frame => Id(frame) == 149);
        ReadOnlySpan<byte> payload = frame.AsSpan(10);
        Assert.Equal(30, frame[1]); // what follows is zero and left out
        Assert.Equal(1_000_000UL, BinaryPrimitives.ReadUInt64LittleEndian(payload));
        Assert.Equal(-12.5 * Math.PI / 180, BinaryPrimitives.ReadSingleLittleEndian(payload[8..]), 1e-6);
        Assert.Equal(-3.4 * Math.PI / 180, BinaryPrimitives.ReadSingleLittleEndian(payload[12..]), 1e-6);
        Assert.Equal(1.82f, BinaryPrimitives.ReadSingleLittleEndian(payload[16..]));
        Assert.Equal((5, 12), (payload[28], payload[29]));
        ushort check = Crc16.Mcrf4xx([200], Crc16.Mcrf4xx(frame.AsSpan(1, frame.Length - 3)));
        Assert.Equal(check, BinaryPrimitives.ReadUInt16LittleEndian(frame.AsSpan(frame.Length - 2)));
    }

    [Fact]
    public void No_target_is_said_by_silence()
    {
        MavlinkProtocol link = Open(new LinkOptions { Required = false });
        link.Publish(Reports.Nothing(_time));
        Assert.Empty(Sent(link));
        link.Publish(Reports.Seen(_time));
        Sent(link);
        _time.Advance(10_000);
        Assert.Empty(Sent(link));
    }

    [Fact]
    public void A_change_of_state_is_a_status_text()
    {
        MavlinkProtocol link = Open(new LinkOptions { Required = false });
        link.Beat(Reports.Running() with { State = SystemState.CameraLost });
        byte[] text = Sent(link).Single(frame => Id(frame) == 253);
        Assert.Equal((3, "camera lost"), (text[10], Encoding.ASCII.GetString(text, 11, text[1] - 1)));
    }

    [Fact]
    public void An_autopilot_that_falls_silent_is_given_up_after_five_seconds()
    {
        MavlinkProtocol link = Open(new LinkOptions());
        for (int second = 0; second < 10; second++)
        {
            link.Receive(Autopilot);
            _time.Advance(1000);
        }
        Assert.False(link.IsSilent);
        _time.Advance(4000);
        Assert.True(link.IsSilent);
        link.Closed("silent");
        Assert.Equal(LinkState.Lost, link.Status.State);
    }

    [Fact]
    public void Heartbeats_are_heard_in_a_damaged_stream_and_none_is_invented()
    {
        const int seed = 5, sent = 2000;
        var random = new Random(seed);
        var stream = new List<byte>();
        for (int index = 0; index < sent; index++)
        {
            byte[] other = new byte[random.Next(60)];
            random.NextBytes(other);
            stream.AddRange([0xFD, (byte)other.Length, 0, 0, 1, 1, 1, 30, 0, 0, .. other, 0, 0, .. Autopilot]);
        }
        var ear = new AutopilotEar();
        int heard = 0;
        foreach (byte[] piece in LineNoise.Apply([.. stream], random, rate: 0.002).Chunk(37))
            heard += ear.Hear(piece);
        Assert.True(heard is > sent * 9 / 10 and <= sent, $"seed {seed}: {heard} of {sent}");
        byte[] noise = new byte[1_000_000];
        random.NextBytes(noise);
        Assert.True(new AutopilotEar().Hear(noise) <= 1, $"seed {seed}: heartbeats in noise");
    }

    private MavlinkProtocol Open(LinkOptions options)
    {
        var link = new MavlinkProtocol(options, _time);
        link.Opened(0);
        return link;
    }

    private List<byte[]> Sent(MavlinkProtocol link)
    {
        var frames = new List<byte[]>();
        while (link.Compose(_buffer) is var length and > 0)
        {
            frames.Add(_buffer[..length]);
            link.Written(whole: true);
        }
        return frames;
    }

    private static int Id(byte[] frame) => frame[7] | frame[8] << 8 | frame[9] << 16;

    private static byte[] Heartbeat(byte autopilot)
    {
        byte[] wire = new byte[MavlinkFrame.MaxWire];
        return wire[..MavlinkFrame.Encode(0, 50, [0, 0, 0, 0, 2, autopilot, 81, 4, 3], 17, wire)];
    }
}
