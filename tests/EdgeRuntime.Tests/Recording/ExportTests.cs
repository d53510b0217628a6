using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Recording;
using EdgeCnn.EdgeRuntime.Recording.Export;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

public sealed class ExportTests : IDisposable
{
    private const byte Footer = 2, Message = 5, Chunk = 6, MessageIndex = 7, ChunkIndex = 8, Statistics = 11, DataEnd = 15;
    private static readonly byte[] Magic = [0x89, .. "MCAP0\r\n"u8];

    private readonly Recorded _recorded = new();

    public void Dispose() => _recorded.Dispose();

    [Fact]
    public void An_mcap_file_holds_every_picture_and_its_boxes_and_all_its_checksums_and_indexes_are_right()
    {
        byte[] file = Mcap(_recorded.Record(pictures: 5));

        Assert.Equal(Magic, file[..8]);
        Assert.Equal(Magic, file[^8..]);
        List<(byte Opcode, int At, int Length)> records = Records(file.AsSpan(0, file.Length - 8), 8);
        (byte Opcode, int At, int Length) end = records.Find(r => r.Opcode == DataEnd), footer = records[^1], chunk = records.Find(
            r => r.Opcode == Chunk);
        Assert.Equal(Crc32.HashToUInt32(file.AsSpan(0, end.At - 9)), U32(file, end.At));
        Assert.Equal(Footer, footer.Opcode);
        Assert.Equal(end.At + end.Length, (int)U64(file, footer.At));
        Assert.Equal(Crc32.HashToUInt32(file.AsSpan(end.At + end.Length, footer.At + 16 - end.At - end.Length)), U32(file, footer.At + 16));
        Assert.Equal(10ul, U64(file, records.Find(r => r.Opcode == Statistics).At));

        // A chunk: times, size, checksum, compression's name (none), length, records.
        int size = (int)U64(file, chunk.At + 16), begin = chunk.At + 16 + 8 + 4 + 4 + 8;
        Assert.Equal(chunk.At + chunk.Length, begin + size);
        Assert.Equal(Crc32.HashToUInt32(file.AsSpan(begin, size)), U32(file, chunk.At + 24));
        List<(byte Opcode, int At, int Length)> messages = Records(file.AsSpan(begin, size), 0);
        Assert.Equal(10, messages.Count(m => m.Opcode == Message));
        foreach ((_, int at, int length) in records.Where(r => r.Opcode == MessageIndex))
        {
            for (int entry = at + 6; entry < at + length; entry += 16)
            {
                int offset = begin + (int)U64(file, entry + 8);
                Assert.Equal(Message, file[offset]);
                Assert.Equal(U64(file, entry), U64(file, offset + 9 + 6));
            }
        }
        Assert.Equal(chunk.At - 9, (int)U64(file, records.Find(r => r.Opcode == ChunkIndex).At + 16));
    }

    [Fact]
    public void The_messages_of_an_mcap_file_are_the_pictures_as_recorded_and_boxes_with_names()
    {
        string folder = _recorded.Record(pictures: 2);
        byte[] file = Mcap(folder);
        (_, int at, _) = Records(file.AsSpan(0, file.Length - 8), 8).Find(r => r.Opcode == Chunk);
        int begin = at + 40;
        JsonElement[] messages = [.. Records(file.AsSpan(begin, (int)U64(file, at + 16)), 0)
            .Select(m => JsonDocument.Parse(file.AsMemory(begin + m.At + 22, m.Length - 22)).RootElement)];

        Assert.Equal(File.ReadAllBytes(Path.Join(folder, "00000001.jpg")), messages[2].GetProperty("data").GetBytesFromBase64());
        Assert.Equal("jpeg", messages[2].GetProperty("format").GetString());
        JsonElement box = messages[1].GetProperty("points")[0];
        Assert.Equal(4, box.GetProperty("points").GetArrayLength());
        Assert.Equal(2, box.GetProperty("type").GetInt32());
        Assert.Contains(
            "green 1.00", messages[1].GetProperty("texts").EnumerateArray().Select(text => text.GetProperty("text").GetString()));
    }

    [Fact]
    public void A_recording_without_a_whole_frame_is_an_empty_mcap_file()
    {
        string folder = _recorded.Record(pictures: 1);
        File.Delete(Path.Join(folder, "00000000.jpg"));

        byte[] file = Mcap(folder);

        Assert.Equal(0ul, U64(file, Records(file.AsSpan(0, file.Length - 8), 8).Find(r => r.Opcode == Statistics).At));
    }

    [Fact]
    public void A_data_set_has_the_pictures_their_boxes_as_shares_and_the_class_names()
    {
        string folder = _recorded.Record(pictures: 5), data = Path.Join(_recorded.Root, "data");
        using RecordingReader recording = RecordingReader.Open(folder);

        Assert.Equal(3, YoloExport.Write(recording, data, confidence: 0, every: 2));

        string name = Path.GetFileName(folder) + "-00000002";
        Assert.Equal(File.ReadAllBytes(Path.Join(folder, "00000002.jpg")), File.ReadAllBytes(Path.Join(data, "images", name + ".jpg")));
        string[] labels = File.ReadAllLines(Path.Join(data, "labels", name + ".txt"));
        Assert.NotEmpty(labels);
        Assert.All(labels, label =>
        {
            double[] numbers = [.. label.Split(' ').Select(word => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(5, numbers.Length);
            Assert.InRange(numbers[0], 0, 4);
            Assert.All(numbers[1..], share => Assert.InRange(share, 0, 1));
            Assert.InRange(numbers[1] - (numbers[3] / 2), -1e-6, 1);
        });
        Assert.Contains("  2: 'teal'", File.ReadAllLines(Path.Join(data, "data.yaml")));
    }

    private static byte[] Mcap(string folder)
    {
        using RecordingReader recording = RecordingReader.Open(folder);
        using MemoryStream file = new();
        McapExport.Write(recording, file);
        return file.ToArray();
    }

    /// <summary>Code, place and length of each record's content.</summary>
    private static List<(byte Opcode, int At, int Length)> Records(ReadOnlySpan<byte> bytes, int from)
    {
        List<(byte, int, int)> records = [];
        for (int at = from; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes[(at + 1)..]);
            records.Add((bytes[at], at + 9, length));
            at += 9 + length;
        }
        return records;
    }

    private static uint U32(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    private static ulong U64(byte[] file, int at) => BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
}
