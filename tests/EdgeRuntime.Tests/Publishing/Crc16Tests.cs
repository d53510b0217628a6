using EdgeCnn.EdgeRuntime.Publishing;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class Crc16Tests
{
    [Fact]
    public void Check_values_of_the_catalogue_are_met()
    {
        Assert.Equal(0x29B1, Crc16.CcittFalse("123456789"u8));
        Assert.Equal(0x6F91, Crc16.Mcrf4xx("123456789"u8));
    }

    [Fact]
    public void A_check_goes_on_where_it_stopped()
    {
        Assert.Equal(0x29B1, Crc16.CcittFalse("6789"u8, Crc16.CcittFalse("12345"u8)));
        Assert.Equal(0x6F91, Crc16.Mcrf4xx("6789"u8, Crc16.Mcrf4xx("12345"u8)));
        Assert.Equal(Crc16.Start, Crc16.CcittFalse([]));
    }
}
