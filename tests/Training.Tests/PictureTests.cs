using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests;

public class PictureTests
{
    [Fact]
    public void A_picture_needs_three_bytes_for_each_pixel()
    {
        Assert.Equal(12, new Picture(2, 2).Pixels.Length);
        Assert.Contains("needs", Assert.Throws<ArgumentException>(() => new Picture(2, 2, new byte[11])).Message, StringComparison.Ordinal);
    }
}
