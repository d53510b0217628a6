namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>The first byte of every EdgeLink frame; the high bit marks what the microcontroller sends.</summary>
public enum MessageType : byte
{
    Heartbeat = 0x01,
    Target = 0x02,
    Detections = 0x03,
    Classes = 0x04,
    Text = 0x05,
    Time = 0x06,
    Hello = 0x10,
    Status = 0x81,
    Command = 0x82,
    TimeReply = 0x86,
    HelloReply = 0x90,
}

/// <summary>Who speaks, as said in HELLO.</summary>
public enum LinkRole : byte
{
    Unspecified = 0,
    VisionComputer = 1,
    Microcontroller = 2,
}

/// <summary>What a target's numbers can be trusted for.</summary>
[Flags]
public enum WireTargetFlags : byte
{
    None = 0,
    Valid = 1,
    Predicted = 2,
    DistanceValid = 4,
    LensCalibrated = 8,
}

/// <summary>Conditions that a heartbeat reports beside the state.</summary>
[Flags]
public enum HeartbeatFlags : byte
{
    None = 0,
    Throttled = 1,
    Recording = 2,
    FallbackBackend = 4,
}

/// <summary>How serious a text is; the levels that matter to a robot out of syslog's (RFC 5424).</summary>
public enum TextSeverity : byte
{
    Error = 3,
    Warning = 4,
    Info = 6,
}
