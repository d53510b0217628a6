using System.Buffers.Binary;

namespace EdgeCnn.EdgeRuntime.Publishing.Mavlink;

/// <summary>
/// MAVLink 2 framing: <c>FD length incompat compat sequence system component id(3) payload check(2)</c>, little-endian. The check is
/// CRC-16/MCRF4XX over all but the first byte and then one byte that stands for the message's definition. Source: mavlink.io, "Packet
/// Serialization".
/// </summary>
internal static class MavlinkFrame
{
    public const byte Magic = 0xFD, Magic1 = 0xFE;
    public const int HeaderSize = 10, CheckSize = 2, MaxWire = HeaderSize + 255 + CheckSize;

    /// <summary>This program: the first system, as its onboard computer.</summary>
    public const byte System = 1, Component = 191;

    /// <summary>Writes a frame; trailing zeros of the payload are not sent, but at least one byte is. Returns its length.</summary>
    public static int Encode(uint id, byte extra, ReadOnlySpan<byte> payload, byte sequence, Span<byte> wire)
    {
        int length = Math.Max(1, payload.LastIndexOfAnyExcept((byte)0) + 1);
        wire[0] = Magic;
        wire[1] = (byte)length;
        wire[2] = wire[3] = 0;
        wire[4] = sequence;
        wire[5] = System;
        wire[6] = Component;
        wire[7] = (byte)id;
        wire[8] = (byte)(id >> 8);
        wire[9] = (byte)(id >> 16);
        payload[..length].CopyTo(wire[HeaderSize..]);
        int end = HeaderSize + length;
        BinaryPrimitives.WriteUInt16LittleEndian(wire[end..], Crc16.Mcrf4xx([extra], Crc16.Mcrf4xx(wire[1..end])));
        return end + CheckSize;
    }
}
