using System.Globalization;
using System.Text;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.Ascii;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

public sealed class AsciiProtocolTests
{
    private readonly ManualTime _time = new();
    private readonly byte[] _line = new byte[LinkProtocol.MaxMessage];

    [Fact]
    public void The_target_line_is_the_vector_of_the_contract_whatever_the_users_language()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
        try
        {
            var link = new AsciiProtocol(new LinkOptions(), _time);
            link.Opened(0);
            Report report = Reports.Seen(_time);
            _time.Advance(38);
            link.Publish(report);
            Assert.Equal("$EVTGT,1234,38,150,5,1,87,-12.50,3.40,1820*5F\r\n", Next(link));
            Assert.Equal("", Next(link));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Heartbeats_follow_the_loop_and_staleness_is_said_once()
    {
        var link = new AsciiProtocol(new LinkOptions(), _time);
        Assert.Equal("", Next(link));
        link.Opened(0);
        link.Beat(Reports.Running());
        Assert.StartsWith("$EVHBT,60000,2,30,62,0*", Next(link), StringComparison.Ordinal);
        link.Publish(Reports.Seen(_time, 7));
        Next(link);
        Assert.Equal(500, link.UntilDue.TotalMilliseconds, tolerance: 1);
        _time.Advance(600);
        Assert.StartsWith("$EVTGT,7,600,150,0,0,0,0.00,0.00,0*", Next(link), StringComparison.Ordinal);
        Assert.Equal("", Next(link));
        link.Beat(Reports.Running());
        Assert.StartsWith("$EVHBT,60000,4,", Next(link), StringComparison.Ordinal);
        Assert.False(link.IsSilent);
    }

    private string Next(AsciiProtocol link)
    {
        string line = Encoding.ASCII.GetString(_line, 0, link.Compose(_line));
        link.Written(whole: true);
        return line;
    }
}
