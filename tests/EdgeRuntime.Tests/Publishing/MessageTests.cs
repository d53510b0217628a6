using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class MessageTests
{
    internal static readonly TargetMessage SampleTarget = new(
        Frame: 1234, AgeMs: 38, TtlMs: 150, Track: 5, Class: 1, Score: 87, WireTargetFlags.Valid | WireTargetFlags.DistanceValid,
        YawCentidegrees: -1250, PitchCentidegrees: 340, DistanceMm: 1820, new WireBox(3920, 4410, 1200, 2600));

    internal static readonly HeartbeatMessage SampleHeartbeat = new(
        UptimeMs: 60000, State: 4, Fps: 30, TemperatureC: 62, HeartbeatFlags.None);

    [Fact]
    public void The_target_vector_is_met_byte_for_byte() =>
        Assert.Equal("060207D20426029615050157051EFB54011C07500F3A11B004280ACCEF00", Wire(SampleTarget, 7));

    [Fact]
    public void The_heartbeat_vector_is_met_byte_for_byte() =>
        Assert.Equal("02010360EA0104041E3E03605C00", Wire(SampleHeartbeat, 0));

    [Fact]
    public void Every_fixed_message_comes_back_with_its_extremes()
    {
        AssertComesBack(SampleTarget);
        AssertComesBack(new TargetMessage(
            65535, 65535, 65535, 255, 255, 255, (WireTargetFlags)255, short.MinValue, short.MaxValue, 65535, new(65535, 0, 65535, 1)));
        AssertComesBack(SampleHeartbeat with { UptimeMs = uint.MaxValue, TemperatureC = -40, Flags = HeartbeatFlags.Throttled });
        AssertComesBack(new TimeMessage(0xFFFFFFFE));
        AssertComesBack(new TimeReplyMessage(1, 0x80000000));
        AssertComesBack(new StatusMessage(0xDEADBEEF, 255, 1, 65535, 1));
        AssertComesBack(new CommandMessage(4, 1));
    }

    [Fact]
    public void A_short_payload_reads_as_zero_where_it_ends()
    {
        Span<byte> payload = stackalloc byte[LinkFrame.MaxPayload];
        int length = SampleTarget.Write(payload);
        Assert.Equal(24, length);
        Assert.Equal(SampleTarget with { Box = SampleTarget.Box with { Height = 0 } }, TargetMessage.Read(payload[..22]));
        Assert.Equal(default, TargetMessage.Read([]));
        Assert.Equal(new TimeMessage(0x34), TimeMessage.Read([0x34]));
    }

    [Fact]
    public void A_payload_that_has_grown_is_read_without_its_surplus()
    {
        byte[] payload = [.. Payload(SampleHeartbeat), 1, 2, 3];
        Assert.Equal(SampleHeartbeat, HeartbeatMessage.Read(payload));
    }

    [Fact]
    public void Names_and_texts_come_back_and_are_cut_at_their_limit()
    {
        var hello = HelloMessage.Read(Payload(new HelloMessage(1, LinkRole.VisionComputer, "edgecnn"u8)));
        Assert.Equal(1, hello.Version);
        Assert.Equal(LinkRole.VisionComputer, hello.Role);
        Assert.True(hello.Name.SequenceEqual("edgecnn"u8));
        Assert.Equal(2 + HelloMessage.MaxName, Payload(new HelloMessage(1, LinkRole.VisionComputer, new byte[500])).Length);
        Assert.Equal(1 + TextMessage.MaxText, Payload(new TextMessage(TextSeverity.Info, new byte[500])).Length);
        Assert.True(TextMessage.Read([]).Ascii.IsEmpty);
        Assert.True(HelloReplyMessage.Read(Payload(new HelloReplyMessage(hello))).Hello.Name.SequenceEqual("edgecnn"u8));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(19)]
    [InlineData(20)]
    public void Detections_come_back_and_the_fullest_message_fits_its_frame(int count)
    {
        WireDetection[] detections = [.. Enumerable.Range(1, count).Select(i =>
            new WireDetection((byte)i, 50, (byte)(i + 1), WireTargetFlags.Predicted, new((ushort)i, 2, 3, (ushort)(i * 400))))];
        byte[] payload = Payload(new DetectionsMessage(9, 10, 25, 5, detections));
        var back = DetectionsMessage.Read(payload);
        Assert.Equal((9, 10, 25, 5, count), (back.Frame, back.AgeMs, back.Total, back.First, back.Count));
        for (int index = 0; index < count; index++)
            Assert.Equal(detections[index], back[index]);
        Assert.Equal(count, DetectionsMessage.Read([.. payload, 1, 2, 3]).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(80)]
    public void Classes_come_back_and_a_claimed_count_is_not_believed(int count)
    {
        WireClass[] classes = [.. Enumerable.Range(0, count).Select(i => new WireClass((ushort)(i * 700), (byte)i))];
        byte[] payload = Payload(new ClassesMessage(9, 10, classes));
        var back = ClassesMessage.Read(payload);
        Assert.Equal((9, 10, count), (back.Frame, back.AgeMs, back.Count));
        for (int index = 0; index < count; index++)
            Assert.Equal(classes[index], back[index]);
        payload[4] = 255;
        Assert.Equal(count, ClassesMessage.Read(payload).Count);
    }

    [Fact]
    public void A_list_that_does_not_fit_one_message_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new DetectionsMessage(0, 0, 0, 0, new WireDetection[21]).Count);
        Assert.Throws<ArgumentException>(() => new ClassesMessage(0, 0, new WireClass[81]).Count);
    }

    private static void AssertComesBack<T>(T message) where T : IMessage<T> => Assert.Equal(message, T.Read(Payload(message)));

    private static byte[] Payload<T>(T message) where T : IMessage<T>, allows ref struct
    {
        Span<byte> payload = stackalloc byte[LinkFrame.MaxPayload];
        return payload[..message.Write(payload)].ToArray();
    }

    private static string Wire<T>(T message, byte sequence) where T : IMessage<T>
    {
        Span<byte> wire = stackalloc byte[LinkFrame.MaxWire];
        return Convert.ToHexString(wire[..LinkFrame.Encode(message, sequence, wire)]);
    }
}
