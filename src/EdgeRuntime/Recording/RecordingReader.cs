using System.Buffers;
using System.Text.Json;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// Reads a recording frame by frame. What a power cut, a full disk or a bad card left in pieces (a torn line, a picture that is not as long
/// as its line says, or not the same) is left out and counted; everything whole is delivered, up to the last.
/// </summary>
internal sealed class RecordingReader : IDisposable
{
    /// <summary>A line describes at most some hundred objects.</summary>
    private const int LongestLine = 1 << 20;

    private const long LargestPicture = 256L << 20;

    private readonly FileStream _metadata;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
    private int _from, _to;
    private RecordingHeader? _header;

    private RecordingReader(string folder, FileStream metadata) => (Folder, _metadata) = (folder, metadata);

    public string Folder { get; }

    public RecordingHeader Header => _header!;

    /// <summary>Lines and pictures left out so far because they are damaged or missing.</summary>
    public int Damaged { get; set; }

    /// <exception cref="EdgeException">It is no recording, or one of a later version.</exception>
    public static RecordingReader Open(string folder)
    {
        string path = Path.Join(folder, RecordingStore.Metadata);
        RecordingReader? reader = null;
        try
        {
            reader = new RecordingReader(folder, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
            reader._header = reader.ReadHeader();
            return reader;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reader?.Dispose();
            string why = e is UnauthorizedAccessException ? "it may not be read by this user" : Path.Exists(
                path) ? e.Message : "there is no such file";
            throw new EdgeException($"{path} cannot be read ({why}): name the folder of a recording.", e);
        }
        catch
        {
            reader?.Dispose();
            throw;
        }
    }

    /// <summary>The next whole frame; null after the last.</summary>
    public (RecordedFrame Frame, byte[] Picture)? Next()
    {
        while (ReadLine(out ReadOnlySpan<byte> line))
        {
            if (Parse(line) is not { } frame) continue;
            if (ReadPicture(frame) is { } picture) return (frame, picture);
            Damaged++;
        }
        return null;
    }

    /// <summary>Goes back to the first frame.</summary>
    public void Rewind()
    {
        _metadata.Position = 0;
        (_from, _to, Damaged) = (0, 0, 0);
        ReadHeader();
    }

    public void Dispose()
    {
        _metadata.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private RecordingHeader ReadHeader()
    {
        RecordingHeader? header = null;
        try
        {
            if (ReadLine(out ReadOnlySpan<byte> line)) header = JsonSerializer.Deserialize(line, RecordingJson.Default.RecordingHeader);
        }
        catch (JsonException)
        {
            // Said below.
        }
        if (header is null || header.Recording < 1)
            throw new EdgeException($"{Path.Join(Folder, RecordingStore.Metadata)} does not begin as a recording does: it is another file, or nothing was recorded.");
        if (header.Recording > RecordingHeader.Version)
            throw new EdgeException($"{Folder} was recorded by a later version of this program (format {header.Recording}): use that one.");
        return header;
    }

    private RecordedFrame? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            RecordedFrame? frame = JsonSerializer.Deserialize(line, RecordingJson.Default.RecordedFrame);
            // Settings that changed, and lines of later versions, are no frames.
            if (frame?.File is null) return null;
            // A name that leads elsewhere was not written by a recorder.
            bool plain = frame.File.Length > 0 && frame.File == Path.GetFileName(frame.File) && frame.File is not ("." or "..");
            if (plain && frame.Bytes is > 0 and <= LargestPicture && frame.AtUs >= 0) return frame;
        }
        catch (JsonException)
        {
            // Counted below.
        }
        Damaged++;
        return null;
    }

    private byte[]? ReadPicture(RecordedFrame frame)
    {
        FileInfo file = new(Path.Join(Folder, frame.File));
        try
        {
            if (!file.Exists || file.Length != frame.Bytes) return null;
            byte[] picture = File.ReadAllBytes(file.FullName);
            return RecordingWriter.Checksum(picture) == frame.Crc32 ? picture : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The next line without its line feed; a last one that has none is torn, and none.</summary>
    private bool ReadLine(out ReadOnlySpan<byte> line)
    {
        bool skipping = false;
        while (true)
        {
            int length = _buffer.AsSpan(_from, _to - _from).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = _buffer.AsSpan(_from, length);
                _from += length + 1;
                if (!skipping) return true;
                skipping = false;
                continue;
            }
            if (_to - _from >= LongestLine)
            {
                if (!skipping) Damaged++;
                (_from, _to, skipping) = (0, 0, true);
            }
            if (!Fill())
            {
                if (_to > _from && !skipping) Damaged++;
                (_from, _to) = (0, 0);
                line = default;
                return false;
            }
        }
    }

    /// <summary>Reads more behind what is there; false at the end of the file.</summary>
    private bool Fill()
    {
        _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
        (_from, _to) = (0, _to - _from);
        if (_to == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
            _buffer.AsSpan(0, _to).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        int read = _metadata.Read(_buffer.AsSpan(_to));
        _to += read;
        return read > 0;
    }
}
