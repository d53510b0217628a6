using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Json;
using Microsoft.Win32.SafeHandles;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>
/// Writes one recording: a folder of JPEG pictures with metadata.jsonl, to which a line is added for each picture once the picture is
/// written. The line carries the picture's length and CRC-32, so whatever a power cut leaves of the two, a reader sees which frames are
/// whole.
/// </summary>
internal sealed partial class RecordingWriter : IDisposable
{
    private readonly FileStream _metadata;
    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly Utf8JsonWriter _json;
    private readonly int _quality;
    private readonly TimeProvider _time;
    private long? _first;

    private RecordingWriter(string folder, FileStream metadata, int quality, TimeProvider time)
    {
        (Folder, _metadata, _quality, _time) = (folder, metadata, quality, time);
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public string Folder { get; }

    public long Frames { get; private set; }

    /// <summary>Of the pictures and the lines.</summary>
    public long Bytes { get; private set; }

    /// <summary>Begins a recording in a new folder.</summary>
    /// <param name="parent">The folder of all recordings; made where it is not there.</param>
    /// <param name="header">The first line.</param>
    /// <param name="quality">Of the pictures, 1 to 100.</param>
    /// <param name="time">The clock that the reports are stamped with.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static RecordingWriter Create(string parent, RecordingHeader header, int quality, TimeProvider time)
    {
        string folder = RecordingStore.NewFolder(parent, header.Started);
        FileStream metadata = new(
            Path.Join(folder, RecordingStore.Metadata), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        RecordingWriter writer = new(folder, metadata, quality, time);
        writer.Append(json => JsonSerializer.Serialize(json, header, RecordingJson.Default.RecordingHeader));
        return writer;
    }

    /// <param name="frame">The picture.</param>
    /// <param name="report">What was made of it.</param>
    /// <exception cref="IOException">The disk is full, or gone.</exception>
    public void Add(Frame frame, Report report)
    {
        _first ??= report.CapturedAt;
        string name = string.Create(CultureInfo.InvariantCulture, $"{Frames:D8}.jpg");
        byte[] picture = ImageFile.EncodeJpeg(frame, _quality);
        using (SafeFileHandle file = File.OpenHandle(Path.Join(Folder, name), FileMode.CreateNew, FileAccess.Write))
            RandomAccess.Write(file, picture, 0);
        long microseconds = (long)_time.GetElapsedTime(_first.Value, report.CapturedAt).TotalMicroseconds;
        DateTimeOffset captured = _time.GetUtcNow() - _time.GetElapsedTime(report.CapturedAt);
        Append(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("frame"u8, report.Frame);
            json.WriteString("file"u8, name);
            json.WriteNumber("bytes"u8, picture.Length);
            json.WriteString("crc32"u8, Checksum(picture));
            json.WriteNumber("at_us"u8, microseconds);
            json.WriteString("captured"u8, captured);
            json.WriteNumber("width"u8, report.Width);
            json.WriteNumber("height"u8, report.Height);
            ReportJson.WriteFindings(json, report);
            json.WriteEndObject();
        });
        Bytes += picture.Length;
        Frames++;
    }

    public static string Checksum(ReadOnlySpan<byte> picture) => Crc32.HashToUInt32(picture).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Settings that hold from here on.</summary>
    public void AddSettings(JsonElement settings) => Append(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("settings"u8);
        settings.WriteTo(json);
        json.WriteEndObject();
    });

    /// <summary>Waits until all that was added is on the disk.</summary>
    public void Sync()
    {
        _metadata.Flush(flushToDisk: true);
        // The pictures, and their names in the folder, of which each would be a wait of its own.
        _ = SyncFileSystem(_metadata.SafeFileHandle);
    }

    public void Dispose()
    {
        _json.Dispose();
        _metadata.Dispose();
    }

    /// <summary>A line is handed to the system in one piece, so that a killed process leaves whole lines.</summary>
    private void Append(Action<Utf8JsonWriter> write)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        write(_json);
        _json.Flush();
        _line.Write("\n"u8);
        _metadata.Write(_line.WrittenSpan);
        Bytes += _line.WrittenCount;
    }

    [LibraryImport("libc", EntryPoint = "syncfs")]
    private static partial int SyncFileSystem(SafeFileHandle file);
}
