using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class CobsTests
{
    [Theory]
    [InlineData("", "01")]
    [InlineData("00", "0101")]
    [InlineData("0000", "010101")]
    [InlineData("11220033", "0311220233")]
    [InlineData("11223344", "0511223344")]
    [InlineData("11000000", "0211010101")]
    public void Bytes_are_stuffed_as_the_paper_says(string plain, string stuffed)
    {
        byte[] source = Convert.FromHexString(plain);
        byte[] encoded = new byte[Cobs.MaxEncodedLength(source.Length)];
        int length = Cobs.Encode(source, encoded);
        Assert.Equal(stuffed, Convert.ToHexString(encoded.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(253)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(508)]
    [InlineData(509)]
    [InlineData(1021)]
    public void Runs_around_the_longest_block_come_back(int length)
    {
        byte[] plain = new byte[length];
        foreach (int zeroAt in (int[])[-1, 0, length / 2, 253, length - 1])
        {
            plain.AsSpan().Fill(7);
            if (zeroAt >= 0 && zeroAt < length)
                plain[zeroAt] = 0;
            AssertComesBack(plain, $"length {length}, zero at {zeroAt}");
        }
    }

    [Fact]
    public void Any_bytes_come_back_and_hold_no_delimiter()
    {
        const int seed = 4;
        var random = new Random(seed);
        for (int round = 0; round < 2000; round++)
        {
            byte[] plain = new byte[random.Next(600)];
            random.NextBytes(plain);
            for (int index = 0; index < plain.Length; index++)
                plain[index] = random.Next(4) == 0 ? (byte)0 : plain[index];
            AssertComesBack(plain, $"seed {seed}, round {round}, length {plain.Length}");
        }
    }

    [Theory]
    [InlineData("0511")]
    [InlineData("00")]
    [InlineData("03110011")]
    [InlineData("FF01")]
    public void A_run_that_points_past_the_end_or_a_zero_within_is_refused(string stuffed)
    {
        byte[] source = Convert.FromHexString(stuffed);
        Assert.False(Cobs.TryDecode(source, new byte[300], out _));
    }

    [Fact]
    public void A_destination_that_is_too_short_is_refused_and_not_overrun()
    {
        byte[] encoded = new byte[Cobs.MaxEncodedLength(40)];
        int length = Cobs.Encode(new byte[40], encoded);
        Assert.False(Cobs.TryDecode(encoded.AsSpan(0, length), new byte[39], out _));
        Assert.Throws<ArgumentException>(() => Cobs.Encode(new byte[40], new byte[40]));
    }

    private static void AssertComesBack(byte[] plain, string what)
    {
        byte[] encoded = new byte[Cobs.MaxEncodedLength(plain.Length)];
        int length = Cobs.Encode(plain, encoded);
        Span<byte> stuffed = encoded.AsSpan(0, length);
        Assert.False(stuffed.Contains((byte)0), what);
        Assert.True(Cobs.TryDecode(stuffed, stuffed, out int size), what);
        Assert.True(stuffed[..size].SequenceEqual(plain), what);
    }
}
