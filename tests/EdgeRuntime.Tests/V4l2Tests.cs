using System.Text;
using EdgeCnn.EdgeRuntime.Doctor;

namespace EdgeCnn.EdgeRuntime.Tests;

public sealed class V4l2Tests
{
    [Theory]
    [InlineData("MJPG", false, "MJPG")]
    [InlineData("Y10 ", false, "Y10")]
    [InlineData("Y16 ", true, "Y16-BE")]
    public void A_format_is_named_by_its_characters_without_the_mark_of_big_endian_numbers(string characters, bool bigEndian, string name)
    {
        uint format = BitConverter.ToUInt32(Encoding.ASCII.GetBytes(characters)) | (bigEndian ? 0x80000000 : 0);

        Assert.Equal(name, V4l2.FormatName(format));
    }
}
