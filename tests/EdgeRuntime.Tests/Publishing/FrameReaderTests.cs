using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class FrameReaderTests
{
    private readonly FrameReader _reader = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Frames_are_found_however_the_bytes_are_cut(int pieceSize)
    {
        byte[] stream = [.. Wire(1), .. Wire(2), .. Wire(3)];
        var sequences = new List<byte>();
        foreach (byte[] piece in stream.Chunk(pieceSize))
            sequences.AddRange(Read(piece));
        Assert.Equal([1, 2, 3], sequences);
        Assert.Equal((3, 0, 0), (_reader.Frames, _reader.CrcErrors, _reader.OverlongFrames));
    }

    [Fact]
    public void An_idle_line_is_legal()
    {
        Assert.Equal([1], Read([0, 0, 0, .. Wire(1), 0, 0]));
        Assert.Equal((0, 0), (_reader.CrcErrors, _reader.OverlongFrames));
    }

    [Fact]
    public void A_frame_that_lost_a_byte_is_rejected_and_the_next_one_is_read()
    {
        byte[] whole = Wire(1);
        for (int lost = 0; lost < whole.Length - 1; lost++)
        {
            byte[] damaged = [.. whole[..lost], .. whole[(lost + 1)..]];
            Assert.Equal([9], Read([.. damaged, .. Wire(9)]));
        }
        Assert.Equal(whole.Length - 1, _reader.CrcErrors);
    }

    [Fact]
    public void Every_single_flipped_bit_is_noticed()
    {
        byte[] whole = Wire(1);
        for (int bit = 0; bit < (whole.Length - 1) * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal([9], Read([.. damaged, .. Wire(9)]));
        }
    }

    [Fact]
    public void A_run_without_delimiter_is_counted_and_takes_no_memory()
    {
        byte[] noise = new byte[100_000];
        Array.Fill(noise, (byte)0x55);
        Assert.Empty(Read(noise));
        Assert.Equal([4], Read([0, .. Wire(4)]));
        Assert.Equal(1, _reader.OverlongFrames);
    }

    [Fact]
    public void The_longest_frame_is_read()
    {
        Span<byte> wire = stackalloc byte[LinkFrame.MaxWire];
        int length = LinkFrame.Encode(new DetectionsMessage(1, 2, 20, 0, new WireDetection[20]), 77, wire);
        Assert.Equal([77], Read(wire[..length].ToArray()));
    }

    [Fact]
    public void Random_bytes_pass_no_more_often_than_the_check_explains()
    {
        const int seed = 11, length = 4_000_000;
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        ReadOnlySpan<byte> bytes = noise;
        long accepted = 0;
        while (_reader.TryRead(ref bytes, out _))
            accepted++;
        // One delimiter in 256 bytes ends a candidate; few of those are well stuffed; one in 65536 of these passes the check.
        long candidates = length / 256;
        Assert.True(accepted <= 3, $"seed {seed}: {accepted} of {candidates} random frames passed the check");
        Assert.True(
            _reader.CrcErrors + _reader.OverlongFrames > candidates / 2, $"seed {seed}: only {_reader.CrcErrors} errors were counted");
    }

    [Fact]
    public void Damaged_streams_yield_only_frames_that_were_sent()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            var random = new Random(seed);
            byte[] stream = [.. Enumerable.Range(0, 300).SelectMany(i => Wire((byte)(i % 250)))];
            byte[] damaged = LineNoise.Apply(stream, random, rate: 0.004);
            int accepted = 0;
            ReadOnlySpan<byte> bytes = damaged;
            while (_reader.TryRead(ref bytes, out ReceivedFrame frame))
            {
                accepted++;
                Assert.True(frame.Type == MessageType.Target, $"seed {seed}: type {frame.Type}");
                TargetMessage expected = MessageTests.SampleTarget with { Frame = frame.Sequence };
                Assert.True(TargetMessage.Read(frame.Payload) == expected, $"seed {seed}: a false message passed");
            }
            Assert.True(accepted is > 200 and < 300, $"seed {seed}: {accepted} of 300 frames survived");
        }
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        byte[] stream = [.. Enumerable.Range(0, 100).SelectMany(i => Wire((byte)i))];
        Count(stream);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int frames = Count(stream);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(100, frames);
    }

    private int Count(ReadOnlySpan<byte> bytes)
    {
        int frames = 0;
        while (_reader.TryRead(ref bytes, out _))
            frames++;
        return frames;
    }

    private List<byte> Read(ReadOnlySpan<byte> bytes)
    {
        var sequences = new List<byte>();
        while (_reader.TryRead(ref bytes, out ReceivedFrame frame))
            sequences.Add(frame.Sequence);
        return sequences;
    }

    private static byte[] Wire(byte sequence)
    {
        Span<byte> wire = stackalloc byte[LinkFrame.MaxWire];
        return wire[..LinkFrame.Encode(MessageTests.SampleTarget with { Frame = sequence }, sequence, wire)].ToArray();
    }
}
