using System.IO.Ports;
using System.Reflection;
using EdgeCnn.EdgeRuntime.Publishing.Ports;

namespace EdgeCnn.EdgeRuntime.Tests.Packages;

/// <summary>What EdgeCnn expects of SerialPort, tried on a pseudo-terminal.</summary>
public sealed class SerialPortTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly PseudoTerminal _pair = new();

    public void Dispose() => _pair.Dispose();

    [StandInFact]
    public async Task Bytes_pass_both_ways_as_they_are()
    {
        using SerialPort port = Open();
        byte[] every = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

        port.Write(every, 0, every.Length);
        Assert.Equal(every, await Receive(_pair.Near, every.Length));

        _pair.Near.Write(every);
        Assert.Equal(every, await Receive(port.BaseStream, every.Length));
    }

    [StandInFact]
    public void A_read_ends_at_its_timeout()
    {
        using SerialPort port = Open();
        port.ReadTimeout = 50;
        Assert.Throws<TimeoutException>(() => port.Read(new byte[1], 0, 1));
        Assert.Throws<TimeoutException>(() => port.BaseStream.ReadByte());
    }

    [StandInFact]
    public async Task A_write_ends_at_its_timeout_even_while_a_slow_reader_takes_some_of_it()
    {
        using SerialPort port = Open();
        port.WriteTimeout = 300;
        using CancellationTokenSource done = new();
        Task reader = Task.Run(() =>
        {
            byte[] few = new byte[64];
            while (!done.IsCancellationRequested)
            {
                _ = _pair.Near.Read(few);
                Thread.Sleep(20);
            }
        });

        // At that reader's pace the whole of it would take minutes.
        Task write = Task.Run(() => port.Write(new byte[1 << 20], 0, 1 << 20));
        await Assert.ThrowsAsync<TimeoutException>(() => write.WaitAsync(Patience * 2));

        await done.CancelAsync();
        await reader.WaitAsync(Patience);
    }

    [StandInFact]
    public async Task Closing_the_port_ends_a_read_that_waits()
    {
        using SerialPort port = Open();
        Stream stream = port.BaseStream;
        Task read = Task.Run(() => stream.ReadByte());
        await Task.Delay(50);
        Assert.False(read.IsCompleted);

        port.Close();

        await Assert.ThrowsAsync<InvalidOperationException>(() => read.WaitAsync(Patience));
        Assert.False(port.IsOpen);
        Assert.Throws<InvalidOperationException>(() => port.Write([1], 0, 1));
    }

    [StandInFact]
    public async Task A_device_that_hangs_up_ends_a_read_that_waits()
    {
        using SerialPort port = Open();
        Task read = Task.Run(() => port.ReadByte());
        await Task.Delay(50);

        _pair.Dispose();

        IOException gone = await Assert.ThrowsAsync<IOException>(() => read.WaitAsync(Patience));
        Assert.Contains(_pair.FarName, gone.Message, StringComparison.Ordinal);
    }

    [StandInFact]
    public async Task A_port_that_was_closed_opens_again()
    {
        using SerialPort port = Open();
        port.Close();
        port.Open();
        port.Write([42], 0, 1);
        byte[] received = await Receive(_pair.Near, 1);
        Assert.Equal<byte>([42], received);
    }

    [StandInTheory]
    [InlineData(9600)]
    [InlineData(115200)]
    [InlineData(250000)]
    [InlineData(1234567)]
    public void Any_baud_rate_is_taken(int baudRate)
    {
        using SerialPort port = new(_pair.FarName, baudRate);
        port.Open();
        Assert.Equal(baudRate, port.BaudRate);
    }

    [Fact]
    public void A_port_that_is_absent_is_refused_with_the_reason_inside()
    {
        using SerialPort port = new("/dev/no-such-port");
        UnauthorizedAccessException refusal = Assert.Throws<UnauthorizedAccessException>(port.Open);
        Assert.Contains("/dev/no-such-port", refusal.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<IOException>(refusal.InnerException);
        Assert.False(port.IsOpen);
    }

    private static async Task<byte[]> Receive(Stream stream, int count)
    {
        byte[] bytes = new byte[count];
        await Task.Run(() => stream.ReadExactly(bytes)).WaitAsync(Patience);
        return bytes;
    }

    private SerialPort Open()
    {
        SerialPort port = new(_pair.FarName, 115200);
        port.Open();
        return port;
    }

    /// <summary>The real package refuses a pseudo-terminal, which has no modem lines: then there is nothing to try it on.</summary>
    private static string? WhyNoPseudoTerminal() =>
        typeof(SerialPort).Assembly.GetCustomAttribute<AssemblyCompanyAttribute>()?.Company == "stand-in"
            ? null
            : "needs the stand-in of System.IO.Ports: the real package does not open pseudo-terminals";

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class StandInFactAttribute : FactAttribute
    {
        public StandInFactAttribute() => Skip = WhyNoPseudoTerminal();
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class StandInTheoryAttribute : TheoryAttribute
    {
        public StandInTheoryAttribute() => Skip = WhyNoPseudoTerminal();
    }
}
