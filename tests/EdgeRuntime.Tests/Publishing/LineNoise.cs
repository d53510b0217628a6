namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>What a bad cable does: bytes are lost, inserted, flipped and doubled.</summary>
internal static class LineNoise
{
    /// <param name="stream">The bytes as they were sent.</param>
    /// <param name="random">Seeded by the test, which prints the seed when it fails.</param>
    /// <param name="rate">Share of the bytes to which something happens.</param>
    public static byte[] Apply(byte[] stream, Random random, double rate)
    {
        var damaged = new List<byte>(stream.Length);
        foreach (byte value in stream)
        {
            if (random.NextDouble() >= rate)
            {
                damaged.Add(value);
                continue;
            }
            switch (random.Next(4))
            {
                case 0:
                    break; // lost
                case 1:
                    damaged.Add(value);
                    damaged.Add((byte)random.Next(256));
                    break;
                case 2:
                    damaged.Add((byte)(value ^ (1 << random.Next(8))));
                    break;
                default:
                    damaged.Add(value);
                    damaged.Add(value);
                    break;
            }
        }
        return [.. damaged];
    }
}
