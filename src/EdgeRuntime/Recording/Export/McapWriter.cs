using System.IO.Hashing;

namespace EdgeCnn.EdgeRuntime.Recording.Export;

/// <summary>
/// Writes an MCAP file (mcap.dev/spec, version 0): messages in chunks with an index of each, checksums of chunks, data and summary, and a
/// summary at the end, so that a viewer seeks without reading everything. Chunks are not compressed: they hold JPEG.
/// </summary>
internal sealed class McapWriter
{
    private const int ChunkSize = 1 << 20;

    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'M', (byte)'C', (byte)'A', (byte)'P', (byte)'0', (byte)'\r', (byte)'\n'];

    private readonly Stream _output;
    private readonly Crc32 _checksum = new();
    private readonly McapRecord _content =
        new(), _record = new(), _chunk = new(), _schemas = new(), _channels = new(), _chunkIndexes = new();
    private readonly List<Channel> _all = [];
    private ulong _position;
    private ushort _schemaCount;
    private uint _chunkCount;
    private (ulong Start, ulong End) _chunkTime = (ulong.MaxValue, 0), _fileTime = (ulong.MaxValue, 0);

    /// <param name="output">An empty stream; it need not seek.</param>
    public McapWriter(Stream output)
    {
        _output = output;
        Write(Magic);
        Write(McapOpcode.Header, _content.Clear().Text("").Text("edgecnn"));
    }

    /// <summary>Describes messages; gives the schema's number.</summary>
    public ushort AddSchema(string name, string encoding, ReadOnlySpan<byte> schema)
    {
        _content.Clear().U16(++_schemaCount).Text(name).Text(encoding).Sized(schema);
        Write(McapOpcode.Schema, _content);
        _schemas.Record(McapOpcode.Schema, _content);
        return _schemaCount;
    }

    /// <summary>A stream of messages of one schema; gives the channel's number.</summary>
    public ushort AddChannel(ushort schema, string topic, string messageEncoding)
    {
        var id = (ushort)_all.Count;
        _content.Clear().U16(id).U16(schema).Text(topic).Text(messageEncoding).U32(0);
        Write(McapOpcode.Channel, _content);
        _channels.Record(McapOpcode.Channel, _content);
        _all.Add(new Channel());
        return id;
    }

    /// <param name="channel">As <see cref="AddChannel"/> gave it.</param>
    /// <param name="time">Nanoseconds since 1970.</param>
    /// <param name="message">In the channel's encoding.</param>
    public void AddMessage(ushort channel, ulong time, ReadOnlySpan<byte> message)
    {
        Channel sender = _all[channel];
        sender.Index.Add((time, (ulong)_chunk.Length));
        _content.Clear().U16(channel).U32((uint)sender.Messages++).U64(time).U64(time).Raw(message);
        _chunk.Record(McapOpcode.Message, _content);
        _chunkTime = (Math.Min(_chunkTime.Start, time), Math.Max(_chunkTime.End, time));
        if (_chunk.Length >= ChunkSize) EndChunk();
    }

    /// <summary>Writes what waits, the summary and the end.</summary>
    public void Finish()
    {
        EndChunk();
        Write(McapOpcode.DataEnd, _content.Clear().U32(_checksum.GetCurrentHashAsUInt32()));

        ulong summary = _position;
        _checksum.Reset();
        McapRecord offsets = new();
        Group(McapOpcode.Schema, _schemas.Written, offsets);
        Group(McapOpcode.Channel, _channels.Written, offsets);
        Group(McapOpcode.Statistics, _record.Clear().Record(McapOpcode.Statistics, Statistics()).Written, offsets);
        Group(McapOpcode.ChunkIndex, _chunkIndexes.Written, offsets);
        ulong offsetsStart = _position;
        Write(offsets.Written);

        // The checksum covers the footer too, up to itself.
        Write(_record.Clear().U8((byte)McapOpcode.Footer).U64(20).U64(summary).U64(offsetsStart).Written);
        Write(_record.Clear().U32(_checksum.GetCurrentHashAsUInt32()).Written);
        Write(Magic);
    }

    private void EndChunk()
    {
        if (_chunk.Length == 0) return;
        ulong start = _position;
        Write(McapOpcode.Chunk, _content.Clear()
            .U64(_chunkTime.Start).U64(_chunkTime.End)
            .U64((ulong)_chunk.Length).U32(Crc32.HashToUInt32(_chunk.Written)).Text("")
            .U64((ulong)_chunk.Length).Raw(_chunk.Written));
        ulong length = _position - start, indexes = _position;

        McapRecord offsets = new();
        for (int channel = 0; channel < _all.Count; channel++)
        {
            List<(ulong Time, ulong Offset)> index = _all[channel].Index;
            if (index.Count == 0) continue;
            offsets.U16((ushort)channel).U64(_position);
            _content.Clear().U16((ushort)channel).U32((uint)index.Count * 16);
            foreach ((ulong time, ulong offset) in index) _content.U64(time).U64(offset);
            Write(McapOpcode.MessageIndex, _content);
            index.Clear();
        }
        _chunkIndexes.Record(McapOpcode.ChunkIndex, _content.Clear()
            .U64(_chunkTime.Start).U64(_chunkTime.End).U64(start).U64(length)
            .Sized(offsets.Written).U64(_position - indexes).Text("")
            .U64((ulong)_chunk.Length).U64((ulong)_chunk.Length));
        _fileTime = (Math.Min(_fileTime.Start, _chunkTime.Start), Math.Max(_fileTime.End, _chunkTime.End));
        _chunkTime = (ulong.MaxValue, 0);
        _chunkCount++;
        _chunk.Clear();
    }

    private McapRecord Statistics()
    {
        McapRecord counts = new();
        for (int channel = 0; channel < _all.Count; channel++) counts.U16((ushort)channel).U64(_all[channel].Messages);
        ulong messages = _all.Aggregate(0ul, (sum, channel) => sum + channel.Messages);
        return _content.Clear()
            .U64(messages).U16(_schemaCount).U32((uint)_all.Count).U32(0).U32(0).U32(_chunkCount)
            .U64(messages == 0 ? 0 : _fileTime.Start).U64(_fileTime.End).Sized(counts.Written);
    }

    private void Group(McapOpcode opcode, ReadOnlySpan<byte> records, McapRecord offsets)
    {
        if (records.IsEmpty) return;
        ulong start = _position;
        Write(records);
        offsets.Record(McapOpcode.SummaryOffset, new McapRecord().U8((byte)opcode).U64(start).U64(_position - start));
    }

    private void Write(McapOpcode opcode, McapRecord content)
    {
        Write(_record.Clear().U8((byte)opcode).U64((ulong)content.Length).Written);
        Write(content.Written);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _checksum.Append(bytes);
        _position += (ulong)bytes.Length;
    }

    private sealed class Channel
    {
        public ulong Messages;

        /// <summary>Time and place of the messages in the current chunk.</summary>
        public readonly List<(ulong Time, ulong Offset)> Index = [];
    }
}
