using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>firmware/EdgeLink.h, compiled for this machine, against this program's own codec.</summary>
public sealed class FirmwareTests
{
    private byte _sequence;

    [FirmwareFact]
    public void Every_message_of_the_host_is_understood()
    {
        using var board = new FirmwareBench();
        Assert.Equal(["target 1234 38 150 5 1 87 5 -1250 340 1820 3920 4410 1200 2600"], board.Receive(Wire(MessageTests.SampleTarget)));
        Assert.Equal(["heartbeat 60000 4 30 -7 2"],
            board.Receive(Wire(MessageTests.SampleHeartbeat with { TemperatureC = -7, Flags = HeartbeatFlags.Recording })));
        WireDetection[] detections = [new(1, 90, 3, WireTargetFlags.Valid, new(1, 2, 3, 4)), new(255, 0, 0, 0, new(10000, 0, 65535, 256))];
        Assert.Equal(
            ["detections 7 8 22 20 2 | 1 90 3 1 1 2 3 4 | 255 0 0 0 10000 0 65535 256"],
            board.Receive(Wire(new DetectionsMessage(7, 8, 22, 20, detections))));
        Assert.Equal(["classes 7 8 2 | 999 80 | 0 5"], board.Receive(Wire(new ClassesMessage(7, 8, [new(999, 80), new(0, 5)]))));
        Assert.Equal(["text 4 camera lost"], board.Receive(Wire(new TextMessage(TextSeverity.Warning, "camera lost"u8))));
        Assert.Equal((0, 0), (board.CrcErrors, board.Lost));
    }

    [FirmwareFact]
    public void The_fullest_messages_arrive_whole()
    {
        using var board = new FirmwareBench();
        WireDetection[] detections =
            [.. Enumerable.Range(0, 20).Select(i => new WireDetection((byte)i, 1, 2, 0, new(0, 0, 0, (ushort)(i * 256))))];
        string all = string.Concat(detections.Select(d => $" | {d.Class} 1 2 0 0 0 0 {d.Box.Height}"));
        Assert.Equal([$"detections 0 0 20 0 20{all}"], board.Receive(Wire(new DetectionsMessage(0, 0, 20, 0, detections))));
        WireClass[] classes = [.. Enumerable.Range(0, 80).Select(i => new WireClass((ushort)(i * 11), (byte)i))];
        all = string.Concat(classes.Select(c => $" | {c.Class} {c.Score}"));
        Assert.Equal([$"classes 0 0 80{all}"], board.Receive(Wire(new ClassesMessage(0, 0, classes))));
    }

    [FirmwareFact]
    public void Hello_and_time_are_answered_and_commands_and_status_are_sent()
    {
        using var board = new FirmwareBench();
        board.Tick(100_000);
        List<string> greeting = board.Receive(Wire(new HelloMessage(1, LinkRole.VisionComputer, "test"u8)));
        Assert.Equal(2, greeting.Count);
        Assert.Equal(MessageType.Status, Parse(greeting[1]).Type);
        ReceivedMessage reply = Parse(greeting[0]);
        Assert.Equal(MessageType.HelloReply, reply.Type);
        HelloMessage hello = HelloReplyMessage.Read(reply.Payload).Hello;
        Assert.Equal((1, LinkRole.Microcontroller, "bench"), (hello.Version, hello.Role, System.Text.Encoding.ASCII.GetString(hello.Name)));

        ReceivedMessage status = Sent(board.Tick(200));
        Assert.Equal(new StatusMessage(100_200, LastSequence: 0, State: 0, 0, 0), StatusMessage.Read(status.Payload));

        ReceivedMessage time = Sent(board.Receive(Wire(new TimeMessage(0xFFFFFF00))));
        Assert.Equal(new TimeReplyMessage(0xFFFFFF00, 100_200), TimeReplyMessage.Read(time.Payload));

        ReceivedMessage command = Sent(board.Say("command 3 200"));
        Assert.Equal(MessageType.Command, command.Type);
        Assert.Equal(new CommandMessage(3, 200), CommandMessage.Read(command.Payload));
        Assert.Equal([(byte)0, 2, 3, 4], [reply.Sequence, status.Sequence, time.Sequence, command.Sequence]);
    }

    [FirmwareFact]
    public void Status_comes_five_times_a_second_with_what_went_wrong()
    {
        using var board = new FirmwareBench();
        board.Receive(Wire(MessageTests.SampleTarget with { TtlMs = 60_000 }));
        _sequence += 3;
        byte[] damaged = Wire(MessageTests.SampleHeartbeat);
        damaged[5] ^= 8;
        board.Receive(damaged);
        board.Receive(Wire(MessageTests.SampleTarget with { TtlMs = 60_000 }));
        var statuses = new List<ReceivedMessage>();
        for (int elapsed = 0; elapsed < 1000; elapsed += 10)
            statuses.AddRange(board.Tick(10).Select(Parse));
        Assert.Equal(5, statuses.Count);
        Assert.Equal(new StatusMessage(200, LastSequence: 5, State: 1, CrcErrors: 1, Lost: 4), StatusMessage.Read(statuses[0].Payload));
        board.Say("state 42");
        Assert.Equal(42, StatusMessage.Read(Sent(board.Tick(200)).Payload).State);
    }

    [FirmwareFact]
    public void A_target_holds_for_its_time_and_no_longer()
    {
        using var board = new FirmwareBench();
        board.Receive(Wire(MessageTests.SampleTarget with { AgeMs = 30, TtlMs = 150 }));
        Assert.True(board.HasTarget);
        board.Tick(149);
        Assert.True(board.HasTarget);
        Assert.Equal(179, board.TargetAge);
        board.Tick(1);
        Assert.False(board.HasTarget);
    }

    [FirmwareFact]
    public void The_clock_may_run_over_while_a_target_holds_and_never_revives_one()
    {
        using var board = new FirmwareBench();
        board.Tick(uint.MaxValue - 50);
        board.Receive(Wire(MessageTests.SampleTarget));
        board.Tick(100);
        Assert.True(board.HasTarget);
        board.Tick(50);
        Assert.False(board.HasTarget);
        board.Tick(uint.MaxValue - 100);
        Assert.False(board.HasTarget);
        Assert.False(board.HostAlive);
    }

    [FirmwareFact]
    public void Track_zero_and_a_target_without_the_valid_flag_end_the_target_at_once()
    {
        using var board = new FirmwareBench();
        foreach (
            TargetMessage nothing in (TargetMessage[])[new() { TtlMs = 150, Flags = WireTargetFlags.Valid },
                MessageTests.SampleTarget with { Flags = 0 }])
        {
            board.Receive(Wire(MessageTests.SampleTarget));
            Assert.True(board.HasTarget);
            board.Receive(Wire(nothing));
            Assert.False(board.HasTarget);
        }
    }

    [FirmwareFact]
    public void A_host_whose_loop_hangs_is_noticed_though_its_clock_still_asks()
    {
        using var board = new FirmwareBench();
        board.Receive(Wire(MessageTests.SampleHeartbeat));
        Assert.True(board.HostAlive);
        board.Tick(999);
        board.Receive(Wire(new TimeMessage(1)));
        Assert.True(board.HostAlive);
        board.Tick(1);
        Assert.False(board.HostAlive);
    }

    [FirmwareFact]
    public void Nothing_is_said_to_a_host_that_is_silent()
    {
        using var board = new FirmwareBench();
        Assert.Empty(board.Tick(1000));
        board.Receive([0, 0, 0x55, 0x55, 0]);
        Assert.Empty(board.Tick(1000));
        Assert.Single(board.Receive(Wire(MessageTests.SampleHeartbeat)), line => line.StartsWith("tx", StringComparison.Ordinal));
        Assert.Single(board.Tick(2999));
        Assert.Empty(board.Tick(1));
        Assert.Empty(board.Tick(1000));
    }

    [FirmwareFact]
    public void Unknown_messages_and_grown_ones_do_no_harm()
    {
        using var board = new FirmwareBench();
        board.Receive(Wire(MessageTests.SampleHeartbeat));
        Assert.Empty(board.Receive(Wire(MessageTests.SampleHeartbeat, type: 0x7E)));
        Assert.Equal(["heartbeat 7 0 0 0 0"], board.Receive(Wire(new TimeMessage(7), type: (byte)MessageType.Heartbeat)));
        Assert.Equal(["heartbeat 1234 0 38 -106 0"],
            board.Receive(Wire(new TargetMessage(1234, 0, 38 << 8, 150, 0, 0, 0, 0, 0, 0, default), type: (byte)MessageType.Heartbeat)));
        Assert.Equal((0, 0), (board.CrcErrors, board.Lost));
    }

    [FirmwareFact]
    public void Both_sides_accept_the_same_frames_of_a_damaged_stream()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            using var board = new FirmwareBench();
            var random = new Random(seed);
            byte[] stream = LineNoise.Apply([.. Enumerable.Range(0, 500).SelectMany(_ => RandomFrame(random))], random, rate: 0.003);
            var reader = new FrameReader();
            var expected = new List<string>();
            ReadOnlySpan<byte> bytes = stream;
            while (reader.TryRead(ref bytes, out ReceivedFrame frame))
                expected.Add(Describe(frame));
            List<string> accepted = [.. stream.Chunk(random.Next(1, 4000)).SelectMany(piece => board.Receive(piece))];
            Assert.True(expected.Count is > 250 and < 500, $"seed {seed}: {expected.Count} frames survived");
            Assert.True(expected.SequenceEqual(accepted), $"seed {seed}: the sides differ");
            Assert.True(board.CrcErrors == reader.CrcErrors + reader.OverlongFrames,
                $"seed {seed}: {board.CrcErrors} errors against {reader.CrcErrors} and {reader.OverlongFrames}");
            Assert.Equal(["heartbeat 60000 4 30 62 0"], board.Receive([0, .. Wire(MessageTests.SampleHeartbeat)]));
        }
    }

    [FirmwareFact]
    public void Random_bytes_are_survived_and_the_next_frame_is_read()
    {
        const int seed = 21;
        using var board = new FirmwareBench();
        byte[] noise = new byte[300_000];
        new Random(seed).NextBytes(noise);
        int accepted = noise.Chunk(30_000)
            .Sum(piece => board.Receive(piece).Count(line => !line.StartsWith("tx", StringComparison.Ordinal)));
        Assert.True(accepted <= 1, $"seed {seed}: {accepted} random frames passed the check");
        Assert.Equal(["heartbeat 60000 4 30 62 0"], board.Receive([0, .. Wire(MessageTests.SampleHeartbeat)]));
    }

    [FirmwareFact]
    public void The_sketches_compile_without_a_warning_also_with_the_smallest_buffer()
    {
        string[] sketches = Directory.GetFiles(Firmware.Folder, "*.ino", SearchOption.AllDirectories);
        Assert.NotEmpty(sketches);
        foreach (string sketch in sketches)
        {
            Firmware.CompileSketch(sketch);
            Firmware.CompileSketch(sketch, "-DEDGELINK_BUFFER=26");
        }
    }

    private sealed record ReceivedMessage(MessageType Type, byte Sequence, byte[] Payload);

    private static ReceivedMessage Sent(List<string> events) => Parse(Assert.Single(events));

    private static ReceivedMessage Parse(string line)
    {
        Assert.StartsWith("tx ", line, StringComparison.Ordinal);
        var reader = new FrameReader();
        ReadOnlySpan<byte> bytes = Convert.FromHexString(line[3..]);
        Assert.True(reader.TryRead(ref bytes, out ReceivedFrame frame));
        return new(frame.Type, frame.Sequence, frame.Payload.ToArray());
    }

    private static string Describe(ReceivedFrame frame)
    {
        switch (frame.Type)
        {
            case MessageType.Heartbeat:
                var h = HeartbeatMessage.Read(frame.Payload);
                return $"heartbeat {h.UptimeMs} {h.State} {h.Fps} {h.TemperatureC} {(byte)h.Flags}";
            case MessageType.Target:
                var t = TargetMessage.Read(frame.Payload);
                return $"target {t.Frame} {t.AgeMs} {t.TtlMs} {t.Track} {t.Class} {t.Score} {(byte)t.Flags} {t.YawCentidegrees} {t.PitchCentidegrees} {t.DistanceMm} {Describe(t.Box)}";
            case MessageType.Detections:
                var d = DetectionsMessage.Read(frame.Payload);
                string text = $"detections {d.Frame} {d.AgeMs} {d.Total} {d.First} {d.Count}";
                for (int index = 0; index < d.Count; index++)
                    text += $" | {d[index].Class} {d[index].Score} {d[index].Track} {(byte)d[index].Flags} {Describe(d[index].Box)}";
                return text;
            default:
                return $"unexpected {frame.Type}";
        }
    }

    private static string Describe(WireBox box) => $"{box.CentreX} {box.CentreY} {box.Width} {box.Height}";

    private byte[] RandomFrame(Random random)
    {
        ushort U16() => (ushort)(random.Next(3) == 0 ? 0 : random.Next(65536));
        byte U8() => (byte)(random.Next(3) == 0 ? 0 : random.Next(256));
        WireBox Box() => new(U16(), U16(), U16(), U16());
        return random.Next(3) switch
        {
            0 => Wire(new HeartbeatMessage(U16(), U8(), U8(), (sbyte)U8(), (HeartbeatFlags)U8())),
            1 =>
                Wire(new TargetMessage(U16(), U16(), U16(), U8(), U8(), U8(), (WireTargetFlags)U8(), (short)U16(), (short)U16(), U16(),
                    Box())),
            _ => Wire(new DetectionsMessage(
                U16(), U16(), U8(), U8(),
                [.. Enumerable.Range(0, random.Next(21)).Select(_ => new WireDetection(U8(), U8(), U8(), (WireTargetFlags)U8(), Box()))])),
        };
    }

    private byte[] Wire<T>(T message, byte? type = null) where T : IMessage<T>, allows ref struct
    {
        Span<byte> wire = stackalloc byte[LinkFrame.MaxWire];
        int length = LinkFrame.Encode(message, _sequence++, wire);
        if (type is null)
            return wire[..length].ToArray();
        Span<byte> content = stackalloc byte[LinkFrame.MaxContent];
        Cobs.TryDecode(wire[..(length - 1)], content, out int size);
        content[0] = type.Value;
        ushort crc = EdgeCnn.EdgeRuntime.Publishing.Crc16.CcittFalse(content[..(size - 2)]);
        (content[size - 2], content[size - 1]) = ((byte)crc, (byte)(crc >> 8));
        length = Cobs.Encode(content[..size], wire);
        wire[length] = 0;
        return wire[..(length + 1)].ToArray();
    }
}
