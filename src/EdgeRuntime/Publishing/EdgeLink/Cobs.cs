namespace EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

/// <summary>
/// Consistent Overhead Byte Stuffing: rewrites bytes so that none of them is zero, which leaves zero free to end a frame.
/// Source: Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7(2), 1999.
/// </summary>
public static class Cobs
{
    private const int LongestRun = 254;

    /// <summary>The most bytes that <paramref name="length"/> bytes can become, without the delimiter.</summary>
    public static int MaxEncodedLength(int length) => length + length / LongestRun + 1;

    /// <summary>Encodes without a trailing delimiter and returns the number of bytes written.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than <see cref="MaxEncodedLength"/>.</exception>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (destination.Length < MaxEncodedLength(source.Length))
            throw new ArgumentException(
                $"COBS needs {MaxEncodedLength(source.Length)} bytes for {source.Length}, the destination has {destination.Length}.",
                nameof(destination));

        int code = 0, written = 1;
        foreach (byte value in source)
        {
            if (written - code > LongestRun)
            {
                destination[code] = LongestRun + 1;
                code = written++;
            }
            if (value != 0)
            {
                destination[written++] = value;
                continue;
            }
            destination[code] = (byte)(written - code);
            code = written++;
        }
        destination[code] = (byte)(written - code);
        return written;
    }

    /// <summary>
    /// Decodes what lies between two delimiters; the destination may be the source itself. False where a zero lies inside or a run
    /// points past the end.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> destination, out int written)
    {
        written = 0;
        int position = 0;
        while (position < source.Length)
        {
            int code = source[position++];
            int run = code - 1;
            if (code == 0 || run > source.Length - position || run > destination.Length - written)
                return false;
            ReadOnlySpan<byte> bytes = source.Slice(position, run);
            if (bytes.Contains((byte)0))
                return false;
            bytes.CopyTo(destination[written..]);
            written += run;
            position += run;
            if (code <= LongestRun && position < source.Length)
            {
                if (written == destination.Length)
                    return false;
                destination[written++] = 0;
            }
        }
        return true;
    }
}
