namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>HELLO: who speaks and which version of the protocol it knows.</summary>
/// <remarks>A view of the bytes it was read from; the name is ASCII.</remarks>
public readonly ref struct HelloMessage(byte version, LinkRole role, ReadOnlySpan<byte> name) : IMessage<HelloMessage>
{
    /// <summary>The version that this program speaks.</summary>
    public const byte CurrentVersion = 1;

    /// <summary>The longest name that is written; longer ones are cut.</summary>
    public const int MaxName = 32;

    public static MessageType Type => MessageType.Hello;

    public byte Version { get; } = version;

    public LinkRole Role { get; } = role;

    public ReadOnlySpan<byte> Name { get; } = name;

    public static HelloMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U8(), (LinkRole)reader.U8(), reader.Rest);
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U8(Version);
        writer.U8((byte)Role);
        writer.Bytes(Name[..Math.Min(Name.Length, MaxName)]);
        return writer.Length;
    }
}

/// <summary>Reply to HELLO, with the same payload.</summary>
public readonly ref struct HelloReplyMessage(HelloMessage hello) : IMessage<HelloReplyMessage>
{
    public static MessageType Type => MessageType.HelloReply;

    public HelloMessage Hello { get; } = hello;

    public static HelloReplyMessage Read(ReadOnlySpan<byte> payload) => new(HelloMessage.Read(payload));

    public int Write(scoped Span<byte> payload) => Hello.Write(payload);
}

/// <summary>TEXT, on event: a line for a display or a log.</summary>
/// <remarks>A view of the bytes it was read from.</remarks>
public readonly ref struct TextMessage(TextSeverity severity, ReadOnlySpan<byte> ascii) : IMessage<TextMessage>
{
    /// <summary>The longest text that is written; longer ones are cut.</summary>
    public const int MaxText = 100;

    public static MessageType Type => MessageType.Text;

    public TextSeverity Severity { get; } = severity;

    public ReadOnlySpan<byte> Ascii { get; } = ascii;

    public static TextMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new((TextSeverity)reader.U8(), reader.Rest);
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U8((byte)Severity);
        writer.Bytes(Ascii[..Math.Min(Ascii.Length, MaxText)]);
        return writer.Length;
    }
}

/// <summary>One detection of DETECTIONS, 12 bytes.</summary>
/// <param name="Class">Index into the model's labels.</param>
/// <param name="Score">Confidence in percent.</param>
/// <param name="Track">The tracker's number, 0 where there is none.</param>
/// <param name="Flags">As in TARGET.</param>
/// <param name="Box">Where it is in the image.</param>
public readonly record struct WireDetection(byte Class, byte Score, byte Track, WireTargetFlags Flags, WireBox Box)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 12;

    internal static WireDetection Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new PayloadReader(bytes);
        return new(
            reader.U8(), reader.U8(), reader.U8(), (WireTargetFlags)reader.U8(),
            new WireBox(reader.U16(), reader.U16(), reader.U16(), reader.U16()));
    }

    internal void Write(Span<byte> bytes)
    {
        var writer = new PayloadWriter(bytes);
        writer.U8(Class);
        writer.U8(Score);
        writer.U8(Track);
        writer.U8((byte)Flags);
        writer.U16(Box.CentreX);
        writer.U16(Box.CentreY);
        writer.U16(Box.Width);
        writer.U16(Box.Height);
    }
}

/// <summary>DETECTIONS: a part of the list of one frame, from <see cref="First"/> on.</summary>
/// <remarks>Writing takes the detections from a span; reading gives a view of the bytes.</remarks>
public readonly ref struct DetectionsMessage : IMessage<DetectionsMessage>
{
    /// <summary>The most detections that one message carries.</summary>
    public const int MaxCount = 20;

    private const int HeaderSize = 6;
    private readonly ReadOnlySpan<WireDetection> _detections;
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>A message that carries <paramref name="detections"/> (at most <see cref="MaxCount"/>).</summary>
    public DetectionsMessage(ushort frame, ushort ageMs, byte total, byte first, ReadOnlySpan<WireDetection> detections)
    {
        if (detections.Length > MaxCount)
            throw new ArgumentException(
                $"One DETECTIONS message carries {MaxCount} detections, not {detections.Length}.", nameof(detections));
        (Frame, AgeMs, Total, First) = (frame, ageMs, total, first);
        _detections = detections;
    }

    private DetectionsMessage(ushort frame, ushort ageMs, byte total, byte first, ReadOnlySpan<byte> bytes)
    {
        (Frame, AgeMs, Total, First) = (frame, ageMs, total, first);
        _bytes = bytes;
    }

    public static MessageType Type => MessageType.Detections;

    public ushort Frame { get; }

    public ushort AgeMs { get; }

    /// <summary>Detections in the whole frame, over all its messages.</summary>
    public byte Total { get; }

    /// <summary>Index of this message's first detection in the whole list.</summary>
    public byte First { get; }

    /// <summary>Detections in this message; a cut one at the end does not count.</summary>
    public int Count => Math.Min(MaxCount, _detections.Length + _bytes.Length / WireDetection.Size);

    public WireDetection this[int index] => _detections.IsEmpty
        ? WireDetection.Read(_bytes.Slice(index * WireDetection.Size, WireDetection.Size))
        : _detections[index];

    public static DetectionsMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U16(), reader.U16(), reader.U8(), reader.U8(), reader.Rest);
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U16(Frame);
        writer.U16(AgeMs);
        writer.U8(Total);
        writer.U8(First);
        for (int index = 0; index < Count; index++)
            this[index].Write(payload[(HeaderSize + index * WireDetection.Size)..]);
        return writer.Length + Count * WireDetection.Size;
    }
}

/// <summary>One class of CLASSES, 3 bytes.</summary>
/// <param name="Class">Index into the model's labels.</param>
/// <param name="Score">Probability in percent.</param>
public readonly record struct WireClass(ushort Class, byte Score)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 3;
}

/// <summary>CLASSES: what a classifier says of the whole frame, most probable first.</summary>
/// <remarks>Writing takes the classes from a span; reading gives a view of the bytes.</remarks>
public readonly ref struct ClassesMessage : IMessage<ClassesMessage>
{
    /// <summary>The most classes that one message carries.</summary>
    public const int MaxCount = 80;

    private readonly ReadOnlySpan<WireClass> _classes;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly byte _said;

    /// <summary>A message that carries <paramref name="classes"/> (at most <see cref="MaxCount"/>).</summary>
    public ClassesMessage(ushort frame, ushort ageMs, ReadOnlySpan<WireClass> classes)
    {
        if (classes.Length > MaxCount)
            throw new ArgumentException($"One CLASSES message carries {MaxCount} classes, not {classes.Length}.", nameof(classes));
        (Frame, AgeMs) = (frame, ageMs);
        _classes = classes;
    }

    private ClassesMessage(ushort frame, ushort ageMs, byte said, ReadOnlySpan<byte> bytes)
    {
        (Frame, AgeMs, _said) = (frame, ageMs, said);
        _bytes = bytes;
    }

    public static MessageType Type => MessageType.Classes;

    public ushort Frame { get; }

    public ushort AgeMs { get; }

    /// <summary>Classes that are really there, however many the sender claimed.</summary>
    public int Count => _classes.Length + Math.Min(_said, _bytes.Length / WireClass.Size);

    public WireClass this[int index]
    {
        get
        {
            if (!_classes.IsEmpty)
                return _classes[index];
            var reader = new PayloadReader(_bytes.Slice(index * WireClass.Size, WireClass.Size));
            return new(reader.U16(), reader.U8());
        }
    }

    public static ClassesMessage Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return new(reader.U16(), reader.U16(), reader.U8(), reader.Rest);
    }

    public int Write(scoped Span<byte> payload)
    {
        var writer = new PayloadWriter(payload);
        writer.U16(Frame);
        writer.U16(AgeMs);
        writer.U8((byte)Count);
        for (int index = 0; index < Count; index++)
        {
            writer.U16(this[index].Class);
            writer.U8(this[index].Score);
        }
        return writer.Length;
    }
}
