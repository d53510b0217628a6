using System.Globalization;
using System.Text;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>A JPEG of a frame, made once for all who watch; also as the part of an MJPEG stream that every viewer is sent.</summary>
internal sealed class EncodedPicture
{
    public const string MediaType = $"multipart/x-mixed-replace; boundary={Boundary}";

    private const string Boundary = "picture";

    public EncodedPicture(ReadOnlySpan<byte> jpeg, long frame)
    {
        Frame = frame;
        byte[] head = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"Content-Type: image/jpeg\r\nContent-Length: {jpeg.Length}\r\nX-Frame: {frame}\r\n\r\n"));
        byte[] part = [.. head, .. jpeg, .. "\r\n"u8, .. Start.Span];
        (Part, Jpeg) = (part, part.AsMemory(head.Length, jpeg.Length));
    }

    /// <summary>How a stream begins.</summary>
    public static ReadOnlyMemory<byte> Start { get; } = Encoding.ASCII.GetBytes($"--{Boundary}\r\n");

    public long Frame { get; }

    public ReadOnlyMemory<byte> Jpeg { get; }

    /// <summary>
    /// With its head and the line that ends it: a browser shows a picture when it has read that line, which therefore comes right behind
    /// the picture and not before the next.
    /// </summary>
    public ReadOnlyMemory<byte> Part { get; }
}
