namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>A message of EdgeLink v1: it knows its type byte and writes and reads its payload.</summary>
/// <typeparam name="TSelf">The message itself.</typeparam>
public interface IMessage<TSelf> where TSelf : IMessage<TSelf>, allows ref struct
{
    /// <summary>The type byte of the frame.</summary>
    static abstract MessageType Type { get; }

    /// <summary>Reads a payload of any length: missing fields are zero, surplus bytes are ignored.</summary>
    static abstract TSelf Read(ReadOnlySpan<byte> payload);

    /// <summary>Writes the payload (at most <see cref="LinkFrame.MaxPayload"/> bytes) and returns its length.</summary>
    int Write(scoped Span<byte> payload);
}

/// <summary>HEARTBEAT, 5 Hz, from the pipeline's own loop: the host lives and this is its condition.</summary>
/// <param name="UptimeMs">Milliseconds since the program started, modulo 2^32.</param>
/// <param name="State">0 starting, 1 warming up, 2 running, 3 paused, 4 stale, 5 camera lost, 6 degraded, 7 fault.</param>
/// <param name="Fps">Frames per second through the network.</param>
/// <param name="TemperatureC">Of the processor, in degrees Celsius.</param>
/// <param name="Flags">Throttled, recording, fallback back end.</param>
public readonly record struct HeartbeatMessage(uint UptimeMs, byte State, byte Fps, sbyte TemperatureC, HeartbeatFlags Flags)
    : IMessage<HeartbeatMessage>
{
    public static MessageType Type => MessageType.Heartbeat;

    public static HeartbeatMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U32(), reader.U8(), reader.U8(), reader.I8(), (HeartbeatFlags)reader.U8());
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U32(UptimeMs);
        writer.U8(State);
        writer.U8(Fps);
        writer.I8(TemperatureC);
        writer.U8((byte)Flags);
        return writer.Length;
    }
}

/// <summary>A box in ten-thousandths of the image's width or height, by its centre.</summary>
public readonly record struct WireBox(ushort CentreX, ushort CentreY, ushort Width, ushort Height);

/// <summary>TARGET, every frame: what to turn to. Track 0 says "looked, saw nothing".</summary>
/// <param name="Frame">Frame number modulo 65536.</param>
/// <param name="AgeMs">Milliseconds from the frame's capture to the moment the bytes left.</param>
/// <param name="TtlMs">For so long after its arrival the receiver may act on it.</param>
/// <param name="Track">The tracker's number, 1 to 255; 0 is no target.</param>
/// <param name="Class">Index into the model's labels.</param>
/// <param name="Score">Confidence in percent.</param>
/// <param name="Flags">What the numbers can be trusted for.</param>
/// <param name="YawCentidegrees">To the right of the optical axis, in hundredths of a degree.</param>
/// <param name="PitchCentidegrees">Above the optical axis, in hundredths of a degree.</param>
/// <param name="DistanceMm">Millimetres, 0 where unknown.</param>
/// <param name="Box">Where it is in the image.</param>
public readonly record struct TargetMessage(
    ushort Frame,
    ushort AgeMs,
    ushort TtlMs,
    byte Track,
    byte Class,
    byte Score,
    WireTargetFlags Flags,
    short YawCentidegrees,
    short PitchCentidegrees,
    ushort DistanceMm,
    WireBox Box) : IMessage<TargetMessage>
{
    public static MessageType Type => MessageType.Target;

    public static TargetMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(
            reader.U16(), reader.U16(), reader.U16(),
            reader.U8(), reader.U8(), reader.U8(), (WireTargetFlags)reader.U8(),
            reader.I16(), reader.I16(), reader.U16(),
            new WireBox(reader.U16(), reader.U16(), reader.U16(), reader.U16()));
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U16(Frame);
        writer.U16(AgeMs);
        writer.U16(TtlMs);
        writer.U8(Track);
        writer.U8(Class);
        writer.U8(Score);
        writer.U8((byte)Flags);
        writer.I16(YawCentidegrees);
        writer.I16(PitchCentidegrees);
        writer.U16(DistanceMm);
        writer.U16(Box.CentreX);
        writer.U16(Box.CentreY);
        writer.U16(Box.Width);
        writer.U16(Box.Height);
        return writer.Length;
    }
}

/// <summary>TIME, 1 Hz: asks the microcontroller for its clock.</summary>
/// <param name="HostMs">The host's clock in milliseconds, modulo 2^32; comes back in the reply.</param>
public readonly record struct TimeMessage(uint HostMs) : IMessage<TimeMessage>
{
    public static MessageType Type => MessageType.Time;

    public static TimeMessage Read(ReadOnlySpan<byte> payload) => new(new PayloadReader(payload).U32());

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U32(HostMs);
        return writer.Length;
    }
}

/// <summary>Reply to TIME.</summary>
/// <param name="HostMs">As it stood in the question.</param>
/// <param name="McuMs">The microcontroller's clock when the question arrived, in milliseconds modulo 2^32.</param>
public readonly record struct TimeReplyMessage(uint HostMs, uint McuMs) : IMessage<TimeReplyMessage>
{
    public static MessageType Type => MessageType.TimeReply;

    public static TimeReplyMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U32(), reader.U32());
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U32(HostMs);
        writer.U32(McuMs);
        return writer.Length;
    }
}

/// <summary>STATUS, 5 Hz, from the microcontroller: proof that it lives and of what reached it.</summary>
/// <param name="Ms">Its clock in milliseconds, modulo 2^32.</param>
/// <param name="LastSequence">Sequence number of the last frame that reached it whole.</param>
/// <param name="State">0 idle, 1 acting on a target; other values are the sketch's own.</param>
/// <param name="CrcErrors">Frames it had to reject.</param>
/// <param name="Lost">Frames missing between the sequence numbers it saw.</param>
public readonly record struct StatusMessage(uint Ms, byte LastSequence, byte State, ushort CrcErrors, ushort Lost)
    : IMessage<StatusMessage>
{
    public static MessageType Type => MessageType.Status;

    public static StatusMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U32(), reader.U8(), reader.U8(), reader.U16(), reader.U16());
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U32(Ms);
        writer.U8(LastSequence);
        writer.U8(State);
        writer.U16(CrcErrors);
        writer.U16(Lost);
        return writer.Length;
    }
}

/// <summary>COMMAND from the microcontroller to the pipeline.</summary>
/// <param name="Command">0 pause, 1 resume, 2 snapshot, 3 select pipeline, 4 record on or off.</param>
/// <param name="Argument">The pipeline's number for 3, 0 or 1 for 4.</param>
public readonly record struct CommandMessage(byte Command, byte Argument) : IMessage<CommandMessage>
{
    public static MessageType Type => MessageType.Command;

    public static CommandMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U8(), reader.U8());
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U8(Command);
        writer.U8(Argument);
        return writer.Length;
    }
}
