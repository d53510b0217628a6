using System.IO.Ports;
using EdgeCnn.EdgeRuntime.Publishing.Ports;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>
/// A fact about serial devices on a pseudo-terminal; skipped, with the reason, where SerialPort does not take one for a device.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SerialOnTerminalFactAttribute : FactAttribute
{
    public SerialOnTerminalFactAttribute()
    {
        using var pair = new PseudoTerminal();
        // As the link opens it: the control lines are what a terminal lacks.
        using var serial = new SerialPort(pair.FarName) { DtrEnable = true, RtsEnable = true };
        try
        {
            serial.Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Skip = "needs a SerialPort that opens pseudo-terminals; this one takes real devices only";
        }
    }
}

/// <summary>The way through System.IO.Ports.</summary>
public sealed class SerialDeviceTests
{
    [SerialOnTerminalFact]
    public void Bytes_pass_a_serial_device_both_ways_at_any_speed()
    {
        using var pair = new PseudoTerminal();
        pair.Near.ReadTimeout = 10_000;
        foreach (int baud in (int[])[9600, 115200, 250_000])
        {
            using var file = Libc.Open(pair.FarName);
            using LinkPort port = LinkPort.OpenSerial(pair.FarName, baud, file);
            Assert.Equal(baud / 10, port.BytesPerSecond);
            port.Stream.Write([0, 17, 19, 3, 255, 13, 10], 0, 7);
            byte[] bytes = new byte[7];
            pair.Near.ReadExactly(bytes);
            Assert.Equal([0, 17, 19, 3, 255, 13, 10], bytes);
            pair.Near.Write(bytes);
            port.Stream.ReadExactly(bytes, 0, 7);
            Assert.Equal([0, 17, 19, 3, 255, 13, 10], bytes);
        }
    }

    [SerialOnTerminalFact]
    public void Closing_a_serial_device_does_not_hang_up_and_reset_the_board()
    {
        using var pair = new PseudoTerminal();
        using var file = Libc.Open(pair.FarName);
        LinkPort.OpenSerial(pair.FarName, 115200, file).Dispose();
        Assert.False(TerminalSettings.HangsUpOnClose(file));
    }

    [SerialOnTerminalFact]
    public async Task Closing_ends_a_read_of_another_thread()
    {
        using var pair = new PseudoTerminal();
        using var file = Libc.Open(pair.FarName);
        LinkPort port = LinkPort.OpenSerial(pair.FarName, 115200, file);
        Task<int> reader = Task.Run(() => port.Stream.Read(new byte[10], 0, 10));
        await Task.Delay(50);
        port.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => reader.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(reader.IsFaulted, "the read is still waiting");
    }
}
