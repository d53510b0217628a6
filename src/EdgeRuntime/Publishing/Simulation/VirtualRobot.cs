using EdgeCnn.EdgeRuntime.Publishing.Ports;

namespace EdgeCnn.EdgeRuntime.Publishing.Simulation;

/// <summary>A simulated robot on a real pseudo-terminal: what opens <see cref="PortName"/> finds a board that speaks EdgeLink.</summary>
public sealed class VirtualRobot : IDisposable
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(20);
    private const int WriteTimeoutMs = 100;

    private readonly Lock _gate = new();
    private readonly PseudoTerminal _terminal = new();
    private readonly RobotSimulation _simulation;
    private readonly ITimer _ticks;

    /// <exception cref="LinkException">The system gives no pseudo-terminal.</exception>
    public VirtualRobot(TimeProvider time)
    {
        _terminal.Near.WriteTimeout = WriteTimeoutMs;
        _simulation = new(Transmit, time);
        new Thread(Listen) { Name = "virtual robot", IsBackground = true }.Start();
        _ticks = time.CreateTimer(_ => Tick(), null, TickPeriod, TickPeriod);
    }

    /// <summary>The serial port of the board: /dev/pts/N.</summary>
    public string PortName => _terminal.FarName;

    /// <summary>What it has counted, and where it looks.</summary>
    public RobotState State
    {
        get
        {
            lock (_gate)
                return _simulation.State;
        }
    }

    /// <summary>Asks the host for something, as a button on the robot would.</summary>
    public void Send(RobotCommand command)
    {
        lock (_gate)
            _simulation.Send(command);
    }

    public void Dispose()
    {
        _ticks.Dispose();
        _terminal.Dispose();
    }

    private void Listen()
    {
        byte[] buffer = new byte[512];
        try
        {
            while (_terminal.Near.Read(buffer) is var count and > 0)
            {
                lock (_gate)
                    _simulation.Receive(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The robot was switched off.
        }
    }

    private void Tick()
    {
        lock (_gate)
            _simulation.Tick();
    }

    /// <summary>What nobody reads is lost, as on a wire.</summary>
    private void Transmit(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _terminal.Near.Write(bytes);
        }
        catch (Exception e) when (e is IOException or TimeoutException or ObjectDisposedException)
        {
            // A real board does not notice either.
        }
    }
}
