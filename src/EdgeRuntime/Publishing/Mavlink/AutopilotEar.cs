using System.Buffers.Binary;

namespace EdgeCnn.EdgeRuntime.Publishing.Mavlink;

/// <summary>
/// Listens for HEARTBEAT of an autopilot, in MAVLink 1 or 2, in whatever else it says. Every position is tried, so that no damaged frame
/// can hide the next heartbeat.
/// </summary>
internal sealed class AutopilotEar
{
    private const int LongestHeartbeat = 34; // MAVLink 2 with a signature
    private const byte Extra = 50, NoAutopilot = 8, FullPayload = 9;
    private readonly byte[] _window = new byte[256];
    private int _length;

    /// <summary>Heartbeats of autopilots heard in these bytes.</summary>
    public int Hear(ReadOnlySpan<byte> bytes)
    {
        int heard = 0;
        while (!bytes.IsEmpty)
        {
            int taken = Math.Min(bytes.Length, _window.Length - _length);
            bytes[..taken].CopyTo(_window.AsSpan(_length));
            _length += taken;
            bytes = bytes[taken..];
            heard += Search();
        }
        return heard;
    }

    public void Reset() => _length = 0;

    private int Search()
    {
        int heard = 0, position = 0;
        while (position < _length)
        {
            ReadOnlySpan<byte> rest = _window.AsSpan(position, _length - position);
            int size = HeartbeatSize(rest);
            if (size > rest.Length)
                break; // the rest of it has still to come
            heard += size > 0 ? 1 : 0;
            position += Math.Max(1, size);
        }
        _window.AsSpan(position, _length - position).CopyTo(_window);
        _length -= position;
        return heard;
    }

    /// <summary>
    /// Length of the autopilot's heartbeat that begins here; 0 when there is none; more than there is when that is not known yet.
    /// </summary>
    private static int HeartbeatSize(ReadOnlySpan<byte> bytes)
    {
        bool second = bytes[0] == MavlinkFrame.Magic;
        if (!second && bytes[0] != MavlinkFrame.Magic1)
            return 0;
        int header = second ? MavlinkFrame.HeaderSize : 6;
        if (bytes.Length < header)
            return LongestHeartbeat;
        int length = bytes[1];
        bool isHeartbeat = second ? bytes[7] == 0 && bytes[8] == 0 && bytes[9] == 0 : bytes[5] == 0;
        if (!isHeartbeat || length > FullPayload)
            return 0;
        int end = header + length, size = end + MavlinkFrame.CheckSize + (second && (bytes[2] & 1) != 0 ? 13 : 0);
        if (bytes.Length < size)
            return size;
        ushort check = Crc16.Mcrf4xx([Extra], Crc16.Mcrf4xx(bytes[1..end]));
        byte autopilot = length > 5 ? bytes[header + 5] : (byte)0;
        return check == BinaryPrimitives.ReadUInt16LittleEndian(bytes[end..]) && autopilot != NoAutopilot ? size : 0;
    }
}
