using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>The host's side of the fail-safe contract, with a clock that the test turns.</summary>
public sealed class EdgeLinkProtocolTests
{
    private readonly ManualTime _time = new();
    private readonly FrameReader _reader = new();
    private readonly byte[] _buffer = new byte[LinkProtocol.MaxMessage];
    private byte _mcuSequence;

    [Fact]
    public void Nothing_but_HELLO_leaves_before_HELLO_is_answered()
    {
        EdgeLinkProtocol link = Opened(new LinkOptions());
        for (int step = 0; step < 40; step++)
        {
            link.Publish(Reports.Seen(_time));
            link.Beat(Reports.Running());
            Assert.All(Sent(link), message => Assert.Equal(MessageType.Hello, message.Type));
            _time.Advance(25);
        }
        Assert.Equal(LinkState.Greeting, link.Status.State);
        Assert.InRange(link.Status.Sent, 4, 5);
    }

    [Fact]
    public void The_target_of_a_report_is_the_vector_of_the_contract()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        Report report = Reports.Seen(_time);
        _time.Advance(38);
        link.Publish(report);
        Message target = Assert.Single(Sent(link), message => message.Type == MessageType.Target);
        Assert.Equal(MessageTests.SampleTarget, TargetMessage.Read(target.Payload));
    }

    [Fact]
    public void The_age_is_that_of_the_moment_when_the_bytes_leave()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        link.Publish(Reports.Seen(_time));
        _time.Advance(123);
        Assert.Equal(123, Targets(link).Single().AgeMs);
    }

    [Fact]
    public void Heartbeats_come_five_times_a_second_and_only_while_the_loop_beats()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        int Heartbeats(int steps, bool beating)
        {
            int count = 0;
            for (int step = 0; step < steps; step++)
            {
                if (beating)
                    link.Beat(Reports.Running());
                count += Sent(link).Count(message => message.Type == MessageType.Heartbeat);
                Answer(link, new StatusMessage());
                _time.Advance(33);
            }
            return count;
        }
        Assert.InRange(Heartbeats(303, beating: true), 49, 51); // ten seconds
        Assert.Equal(0, Heartbeats(100, beating: false));
        Assert.Equal(1, Heartbeats(6, beating: true)); // no burst makes up for the pause
        Assert.InRange(Heartbeats(61, beating: true), 10, 11);
    }

    [Fact]
    public void The_heartbeat_says_what_the_health_says()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        link.Beat(new Health(SystemState.Degraded, TimeSpan.FromDays(60), 999, -200, Throttled: true, Recording: true, Fallback: true));
        Message message = Assert.Single(Sent(link), message => message.Type == MessageType.Heartbeat);
        Assert.Equal(
            new HeartbeatMessage(unchecked((uint)60L * 86_400_000), (byte)SystemState.Degraded, 255, -128, (HeartbeatFlags)7),
            HeartbeatMessage.Read(message.Payload));
    }

    [Fact]
    public void Without_a_fresh_frame_the_state_is_stale_and_track_zero_is_said_once()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        link.Publish(Reports.Seen(_time));
        Assert.Equal(5, Targets(link).Single().Track);
        var later = new List<Message>();
        for (int step = 0; step < 200; step++)
        {
            _time.Advance(10);
            link.Beat(Reports.Running());
            Answer(link, new StatusMessage());
            later.AddRange(Sent(link));
            if (step == 48)
                Assert.DoesNotContain(later, message => message.Type == MessageType.Target);
            if (step == 51)
                Assert.Contains(later, message => message.Type == MessageType.Target);
        }
        TargetMessage stop = TargetMessage.Read(Assert.Single(later, message => message.Type == MessageType.Target).Payload);
        Assert.Equal((0, WireTargetFlags.None), (stop.Track, stop.Flags));
        HeartbeatMessage last = HeartbeatMessage.Read(later.Last(message => message.Type == MessageType.Heartbeat).Payload);
        Assert.Equal((byte)SystemState.Stale, last.State);
        link.Publish(Reports.Seen(_time));
        link.Beat(Reports.Running());
        Assert.Equal(5, Targets(link).Single().Track);
    }

    [Fact]
    public void A_frame_that_is_too_old_when_it_could_leave_is_not_sent()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        link.Publish(Reports.Seen(_time));
        _time.Advance(501);
        TargetMessage stop = Targets(link).Single();
        Assert.Equal(0, stop.Track);
        Assert.Equal(1, link.Status.Dropped);
        Assert.Empty(Targets(link));
    }

    [Fact]
    public void Looked_and_saw_nothing_is_track_zero_in_every_frame()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        for (int frame = 0; frame < 3; frame++)
        {
            link.Publish(Reports.Nothing(_time, frame));
            TargetMessage target = Targets(link).Single();
            Assert.Equal((frame, 0, WireTargetFlags.None), (target.Frame, target.Track, target.Flags));
        }
    }

    [Fact]
    public void The_newest_target_wins_and_what_it_replaced_is_counted()
    {
        EdgeLinkProtocol link = Up(new LinkOptions { Detections = true });
        for (int frame = 1; frame <= 10; frame++)
            link.Publish(Reports.Seen(_time, frame));
        Assert.Equal([10], Targets(link).Select(target => (int)target.Frame));
        Assert.Equal(18, link.Status.Dropped);
    }

    [Fact]
    public void All_detections_are_sent_in_parts_when_they_are_asked_for()
    {
        EdgeLinkProtocol link = Up(new LinkOptions { Detections = true });
        Report report = Reports.Nothing(_time, 77);
        for (int index = 0; index < 47; index++)
            report.Detections.Add(new(new Box(index, 0, 128, 72), index, 0.5f));
        link.Publish(report);
        var parts = Sent(link).Where(message => message.Type == MessageType.Detections).ToList();
        Assert.Equal([(0, 20), (20, 20), (40, 7)],
            parts.Select(part => ((int)DetectionsMessage.Read(part.Payload).First, DetectionsMessage.Read(part.Payload).Count)));
        Assert.Equal(
            new WireDetection(45, 50, 0, WireTargetFlags.Valid, new(852, 500, 1000, 1000)), DetectionsMessage.Read(parts[2].Payload)[5]);
        link.Publish(Reports.Nothing(_time));
        Assert.Equal(0, DetectionsMessage.Read(Sent(link).Single(message => message.Type == MessageType.Detections).Payload).Total);
    }

    [Fact]
    public void On_a_slow_line_lists_are_cut_into_short_messages()
    {
        EdgeLinkProtocol link = Up(new LinkOptions { Detections = true }, bytesPerSecond: 960);
        Report report = Reports.Nothing(_time);
        for (int index = 0; index < 3; index++)
            report.Detections.Add(new(new Box(index, 0, 128, 72), index, 0.5f));
        link.Publish(report);
        Assert.Equal([1, 1, 1],
            Sent(link).Where(message => message.Type == MessageType.Detections).Select(part => DetectionsMessage.Read(part.Payload).Count));
    }

    [Fact]
    public void A_classifier_sends_classes_and_no_target()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        var report = new Report
        {
            Frame = 65536 + 9,
            CapturedAt = _time.GetTimestamp(),
            IsClassification = true,
            Classes = { new(300, 0.901f), new(2, float.NaN) },
        };
        link.Publish(report);
        List<Message> messages = Sent(link);
        var classes = ClassesMessage.Read(messages.Single(message => message.Type == MessageType.Classes).Payload);
        Assert.Equal((9, 2, new WireClass(300, 90), new WireClass(2, 0)), (classes.Frame, classes.Count, classes[0], classes[1]));
        Assert.DoesNotContain(messages, message => message.Type == MessageType.Target);
    }

    [Fact]
    public void A_far_end_without_STATUS_for_a_second_is_silent_and_one_that_is_resetting_has_three()
    {
        EdgeLinkProtocol link = Opened(new LinkOptions());
        _time.Advance(2999);
        Assert.False(link.IsSilent);
        _time.Advance(2);
        Assert.True(link.IsSilent);

        link.Closed("silent");
        Assert.Equal((LinkState.Greeting, "silent"), (link.Status.State, link.Status.Detail));
        link.Opened(0);
        Sent(link);
        Greet(link);
        Assert.Equal((LinkState.Up, 1), (link.Status.State, link.Status.Reopened));
        for (int step = 0; step < 20; step++)
        {
            _time.Advance(900);
            Assert.False(link.IsSilent);
            Answer(link, new StatusMessage());
        }
        _time.Advance(999);
        Answer(link, new CommandMessage(0, 0));
        Assert.False(link.IsSilent);
        _time.Advance(1);
        Assert.True(link.IsSilent);
        link.Closed("silent");
        Assert.Equal((LinkState.Lost, "silent"), (link.Status.State, link.Status.Detail));
    }

    [Fact]
    public void STATUS_alone_does_not_stand_in_for_an_answer_to_HELLO()
    {
        EdgeLinkProtocol link = Opened(new LinkOptions());
        Answer(link, new StatusMessage(1, 2, 1, 0, 0));
        link.Publish(Reports.Seen(_time));
        Assert.DoesNotContain(Sent(link), message => message.Type == MessageType.Target);
    }

    [Fact]
    public void After_reopening_HELLO_must_be_answered_again()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        link.Closed("unplugged");
        link.Publish(Reports.Seen(_time));
        Assert.Empty(Sent(link));
        link.Opened(0);
        Assert.Equal(LinkState.Lost, link.Status.State);
        Assert.Equal([MessageType.Hello], Sent(link).Select(message => message.Type));
        Greet(link);
        Assert.Equal(LinkState.Up, link.Status.State);
        Assert.Contains(Sent(link), message => message.Type == MessageType.Target);
    }

    [Fact]
    public void A_far_end_that_never_talks_is_told_at_once_and_never_found_silent()
    {
        EdgeLinkProtocol link = Opened(new LinkOptions { Required = false });
        link.Publish(Reports.Seen(_time));
        List<Message> messages = Sent(link);
        Assert.Contains(messages, message => message.Type == MessageType.Target);
        Assert.Single(messages, message => message.Type == MessageType.Hello);
        _time.Advance(100_000);
        Assert.False(link.IsSilent);
        Assert.DoesNotContain(Sent(link), message => message.Type == MessageType.Hello);
    }

    [Fact]
    public void Time_is_asked_once_a_second_and_the_quickest_answer_is_believed()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        int questions = 0;
        for (int second = 0; second < 10; second++)
        {
            TimeMessage question = TimeMessage.Read(Sent(link).Single(message => message.Type == MessageType.Time).Payload);
            questions++;
            int there = second == 4 ? 3 : 3 + second, back = second == 4 ? 3 : 20;
            _time.Advance(there);
            var reply = new TimeReplyMessage(question.HostMs, question.HostMs + (uint)there + 5000);
            _time.Advance(back);
            Answer(link, reply);
            Answer(link, new StatusMessage());
            _time.Advance(1000 - there - back);
        }
        Assert.Equal(10, questions);
        Assert.Equal(TimeSpan.FromMilliseconds(6), link.Status.RoundTrip);
        Assert.Equal(5000, link.ClockOffset.TotalMilliseconds, tolerance: 1);
    }

    [Fact]
    public void An_answer_to_another_question_is_not_an_answer()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        TimeMessage question = TimeMessage.Read(Sent(link).Single(message => message.Type == MessageType.Time).Payload);
        Answer(link, new TimeReplyMessage(question.HostMs + 1, 0));
        Assert.Equal(TimeSpan.Zero, link.Status.RoundTrip);
    }

    [Fact]
    public void What_the_far_end_says_it_has_seen_is_counted_once()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        long total = link.Status.Sent;
        byte last = 0;
        for (int frame = 0; frame < 1000; frame++)
        {
            link.Publish(Reports.Seen(_time, frame));
            foreach (Message message in Sent(link))
                (last, total) = (message.Sequence, total + 1);
            _time.Advance(20);
            if (frame % 10 == 9)
                Answer(link, new StatusMessage((uint)frame, last, 1, 3, 0));
        }
        Answer(link, new StatusMessage(1000, last, 1, 3, 0));
        Assert.Equal(total, link.Status.Sent);
        Assert.Equal(total, link.Status.Acknowledged);
        Assert.Equal(0, link.Status.Errors);
        Answer(link, new StatusMessage(1001, last, 1, 7, 0));
        Answer(link, new StatusMessage(1001, (byte)(last + 77), 1, 7, 0));
        Assert.Equal((total, 4), (link.Status.Acknowledged, link.Status.Errors));
        Answer(link, new StatusMessage(5, last, 1, 0, 0)); // the board was reset
        Assert.Equal(4, link.Status.Errors);
    }

    [Fact]
    public void Commands_reach_the_pipeline_in_order_and_a_flood_or_nonsense_does_no_harm()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        Answer(link, new CommandMessage(1, 0));
        Answer(link, new CommandMessage(3, 2));
        Answer(link, new CommandMessage(99, 2));
        Assert.True(
            link.TryTakeCommand(out RobotCommand first) && link.TryTakeCommand(out RobotCommand second) && !link.TryTakeCommand(out _)
            && first == new RobotCommand(RobotCommandKind.Resume, 0) && second == new RobotCommand(RobotCommandKind.SelectPipeline, 2));
        for (int index = 0; index < 10_000; index++)
            Answer(link, new CommandMessage(2, 0));
        int taken = 0;
        while (link.TryTakeCommand(out _))
            taken++;
        Assert.InRange(taken, 1, 8);
    }

    [Fact]
    public void A_change_of_state_is_said_as_text_no_more_than_twice_a_second()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        var texts = new List<string>();
        for (int step = 0; step < 100; step++)
        {
            link.Beat(
                Reports.Running() with
                {
                    State = step < 50 && step % 2 == 0 ? SystemState.Paused : step < 50 ? SystemState.Fault : SystemState.CameraLost,
                });
            texts.AddRange(
                Sent(link).Where(message => message.Type == MessageType.Text)
                    .Select(message => System.Text.Encoding.ASCII.GetString(message.Payload.AsSpan(1))));
            Answer(link, new StatusMessage());
            _time.Advance(20);
        }
        Assert.InRange(texts.Count, 2, 5);
        Assert.Equal("camera lost", texts[^1]);
    }

    [Fact]
    public void After_a_write_that_failed_the_next_message_begins_with_a_delimiter()
    {
        EdgeLinkProtocol link = Up(new LinkOptions());
        link.Publish(Reports.Seen(_time));
        while (link.Compose(_buffer) > 0)
            link.Written(whole: false);
        long dropped = link.Status.Dropped;
        Assert.True(dropped > 0);
        link.Publish(Reports.Seen(_time));
        Assert.True(link.Compose(_buffer) > 0);
        Assert.Equal(LinkFrame.Delimiter, _buffer[0]);
    }

    [Fact]
    public void The_writer_is_told_how_long_it_may_sleep()
    {
        EdgeLinkProtocol link = Opened(new LinkOptions());
        Assert.Equal(TimeSpan.Zero, link.UntilDue);
        Sent(link);
        Assert.Equal(250, link.UntilDue.TotalMilliseconds, tolerance: 1);
        Greet(link);
        Sent(link);
        _time.Advance(100);
        Assert.Equal(900, link.UntilDue.TotalMilliseconds, tolerance: 1);
        link.Publish(Reports.Seen(_time));
        Sent(link);
        Assert.Equal(500, link.UntilDue.TotalMilliseconds, tolerance: 1);
    }

    [Fact]
    public void Publishing_and_sending_allocate_nothing()
    {
        EdgeLinkProtocol link = Up(new LinkOptions { Detections = true });
        Report report = Reports.Seen(_time);
        byte[] status = Wire(new StatusMessage());
        long AllocatedByOneFrame()
        {
            _time.Advance(30);
            long before = GC.GetAllocatedBytesForCurrentThread();
            report.CapturedAt = _time.GetTimestamp();
            link.Publish(report);
            link.Beat(Reports.Running());
            while (link.Compose(_buffer) > 0)
                link.Written(whole: true);
            link.Receive(status);
            _ = link.Status.Sent + link.UntilDue.Ticks;
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        for (int warm = 0; warm < 100; warm++)
            AllocatedByOneFrame();
        Assert.Equal(0, Enumerable.Range(0, 1000).Sum(_ => AllocatedByOneFrame()));
    }

    private sealed record Message(MessageType Type, byte Sequence, byte[] Payload);

    private EdgeLinkProtocol Opened(LinkOptions options, int bytesPerSecond = 0)
    {
        var link = new EdgeLinkProtocol(options, _time);
        link.Opened(bytesPerSecond);
        return link;
    }

    private EdgeLinkProtocol Up(LinkOptions options, int bytesPerSecond = 0)
    {
        EdgeLinkProtocol link = Opened(options, bytesPerSecond);
        Assert.Equal(MessageType.Hello, Assert.Single(Sent(link)).Type);
        Greet(link);
        Assert.Equal("board", link.FarEnd);
        return link;
    }

    private void Greet(EdgeLinkProtocol link) => Answer(link, new HelloReplyMessage(new(1, LinkRole.Microcontroller, "board"u8)));

    private void Answer<T>(EdgeLinkProtocol link, T message) where T : IMessage<T>, allows ref struct => link.Receive(Wire(message));

    private byte[] Wire<T>(T message) where T : IMessage<T>, allows ref struct
    {
        Span<byte> wire = stackalloc byte[LinkFrame.MaxWire];
        return wire[..LinkFrame.Encode(message, _mcuSequence++, wire)].ToArray();
    }

    private List<TargetMessage> Targets(EdgeLinkProtocol link) =>
        [.. Sent(link).Where(message => message.Type == MessageType.Target).Select(message => TargetMessage.Read(message.Payload))];

    private List<Message> Sent(EdgeLinkProtocol link)
    {
        var messages = new List<Message>();
        while (link.Compose(_buffer) is var length and > 0)
        {
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, length);
            Assert.True(_reader.TryRead(ref bytes, out ReceivedFrame frame));
            messages.Add(new(frame.Type, frame.Sequence, frame.Payload.ToArray()));
            link.Written(whole: true);
        }
        return messages;
    }
}
