using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace EdgeCnn.EdgeRuntime.Capture;

/// <summary>
/// What a picture file says of itself before anything is decoded: a few bytes may claim gigapixels, and decoders believe them.
/// </summary>
/// <param name="Format">For people: "JPEG".</param>
/// <param name="Width">Columns in pixels, as claimed.</param>
/// <param name="Height">Rows in pixels, as claimed.</param>
/// <param name="CutOff">The file ends before its end marker: decoders would fill the rest with grey without a word.</param>
internal readonly record struct PictureHeader(string Format, long Width, long Height, bool CutOff)
{
    /// <summary>Null when the bytes are no JPEG, PNG, BMP, WebP or PNM, or too few to say their size.</summary>
    public static PictureHeader? Read(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return Jpeg(file);
        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])) return Png(file);
        if (file.StartsWith("BM"u8)) return Bmp(file);
        if (file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..].StartsWith("WEBP"u8)) return WebP(file);
        return file.Length > 2 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'6' ? Pnm(file) : null;
    }

    // ITU T.81: segments FF xx, length, ...; the frame header (SOF) has the size, the scan (SOS) the pixels, FF D9 the end.
    private static PictureHeader? Jpeg(ReadOnlySpan<byte> file)
    {
        (int width, int height) = (0, 0);
        int at = 2;
        while (at + 9 < file.Length)
        {
            if (file[at] != 0xFF) return null;
            byte marker = file[at + 1];
            if (marker is 0xFF)
            {
                at++;
                continue;
            }
            if (marker is >= 0xD0 and <= 0xD8 or 0x01)
            {
                at += 2;
                continue;
            }
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]),
                    BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]));
            if (marker is 0xDA)
                return width == 0 ? null : new("JPEG", width, height, file[at..].LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0);
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        return width == 0 ? null : new("JPEG", width, height, true);
    }

    // RFC 2083: the first chunk is IHDR, the last IEND.
    private static PictureHeader? Png(ReadOnlySpan<byte> file) => file.Length < 33 ? null : new("PNG",
        BinaryPrimitives.ReadUInt32BigEndian(file[16..]), BinaryPrimitives.ReadUInt32BigEndian(file[20..]), file.LastIndexOf("IEND"u8) < 0);

    private static PictureHeader? Bmp(ReadOnlySpan<byte> file)
    {
        if (file.Length < 26) return null;
        // Version 2 headers have 16-bit sizes; a negative height means rows from top to bottom.
        (long width, long height) = BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == 12
            ? (BinaryPrimitives.ReadUInt16LittleEndian(file[18..]), BinaryPrimitives.ReadUInt16LittleEndian(file[20..]))
            : ((long)BinaryPrimitives.ReadInt32LittleEndian(file[18..]),
                Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..])));
        return new("BMP", width, height, BinaryPrimitives.ReadUInt32LittleEndian(file[2..]) > file.Length);
    }

    // RFC 9649: a simple lossy (VP8), a lossless (VP8L) or an extended file (VP8X).
    private static PictureHeader? WebP(ReadOnlySpan<byte> file)
    {
        if (file.Length < 30) return null;
        bool cutOff = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L > file.Length;
        if (file[12..].StartsWith("VP8 "u8))
        {
            return new("WebP", BinaryPrimitives.ReadUInt16LittleEndian(file[26..]) & 0x3FFF,
                BinaryPrimitives.ReadUInt16LittleEndian(file[28..]) & 0x3FFF, cutOff);
        }
        if (file[12..].StartsWith("VP8L"u8))
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(file[21..]);
            return new("WebP", (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1, cutOff);
        }
        if (!file[12..].StartsWith("VP8X"u8)) return null;
        return new("WebP", (BinaryPrimitives.ReadUInt32LittleEndian(file[24..]) & 0xFFFFFF) + 1,
            (BinaryPrimitives.ReadUInt32LittleEndian(file[26..]) >> 8) + 1, cutOff);
    }

    // Netpbm: "P5", width and height as decimal text between blanks and comments.
    private static PictureHeader? Pnm(ReadOnlySpan<byte> file)
    {
        string text = Encoding.Latin1.GetString(file[2..Math.Min(file.Length, 1024)]);
        string[] words = [.. text.Split('\n').Select(static line => line.Split('#')[0])
            .SelectMany(static line => line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)).Take(2)];
        return words.Length == 2
            && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out long width)
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long height)
            ? new("PNM", width, height, false)
            : null;
    }
}
