namespace EdgeCnn.Engine.Tests;

public class PeakTests
{
    [Fact]
    public void The_machine_multiplies_and_adds_in_floats_and_in_integers()
    {
        Peak peak = Peak.Measure(2);
        Assert.InRange(peak.FloatGmacPerSecond, 0.01, 10_000);
        Assert.InRange(peak.IntegerGmacPerSecond, 0.01, 10_000);
    }
}
