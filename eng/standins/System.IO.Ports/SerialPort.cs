using System.ComponentModel;

namespace System.IO.Ports;

/// <summary>
/// A serial port of Linux. Unlike the real package's, it takes any baud rate that the driver can make, works on a
/// pseudo-terminal, and reports a device that went away at once, as an <see cref="IOException"/>.
/// </summary>
public class SerialPort : Component
{
    public const int InfiniteTimeout = -1;

    private string _portName = "COM1";
    private LineSettings _line = new(9600, 8, Parity.None, StopBits.One, Handshake.None);
    private int _readTimeout = InfiniteTimeout;
    private int _writeTimeout = InfiniteTimeout;
    private bool _dtrEnable;
    private bool _rtsEnable;
    private Terminal? _terminal;
    private SerialStream? _stream;

    public SerialPort()
    {
    }

    public SerialPort(
        string portName, int baudRate = 9600, Parity parity = Parity.None, int dataBits = 8, StopBits stopBits = StopBits.One)
    {
        PortName = portName;
        BaudRate = baudRate;
        Parity = parity;
        DataBits = dataBits;
        StopBits = stopBits;
    }

    public bool IsOpen => _terminal is { IsOpen: true };

    public string PortName
    {
        get => _portName;
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (IsOpen)
                throw new InvalidOperationException("'PortName' cannot be set while the port is open.");
            _portName = value;
        }
    }

    public int BaudRate
    {
        get => _line.BaudRate;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            Apply(_line with { BaudRate = value });
        }
    }

    public int DataBits
    {
        get => _line.DataBits;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 5);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 8);
            Apply(_line with { DataBits = value });
        }
    }

    public Parity Parity
    {
        get => _line.Parity;
        set
        {
            if (!Enum.IsDefined(value))
                throw new ArgumentOutOfRangeException(nameof(value), value, "Parity is None, Odd, Even, Mark or Space.");
            Apply(_line with { Parity = value });
        }
    }

    public StopBits StopBits
    {
        get => _line.StopBits;
        set
        {
            if (value is not (StopBits.One or StopBits.Two))
                throw new ArgumentOutOfRangeException(nameof(value), value, "Linux offers one or two stop bits.");
            Apply(_line with { StopBits = value });
        }
    }

    public Handshake Handshake
    {
        get => _line.Handshake;
        set
        {
            if (!Enum.IsDefined(value))
                throw new ArgumentOutOfRangeException(nameof(value), value, "The handshake is none, XON/XOFF, RTS or both.");
            Apply(_line with { Handshake = value });
        }
    }

    /// <summary>Milliseconds that a read waits for its first byte.</summary>
    public int ReadTimeout
    {
        get => _readTimeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, InfiniteTimeout);
            _readTimeout = value;
            if (_stream is not null)
                _stream.ReadTimeout = value;
        }
    }

    /// <summary>Milliseconds that a write may take as a whole.</summary>
    public int WriteTimeout
    {
        get => _writeTimeout;
        set
        {
            if (value is <= 0 and not InfiniteTimeout)
                throw new ArgumentOutOfRangeException(nameof(value), value, "A write timeout is positive or infinite.");
            _writeTimeout = value;
            if (_stream is not null)
                _stream.WriteTimeout = value;
        }
    }

    public bool DtrEnable
    {
        get => _dtrEnable;
        set
        {
            _dtrEnable = value;
            if (IsOpen)
                Opened().SetModemLines(Libc.TIOCM_DTR, value);
        }
    }

    public bool RtsEnable
    {
        get => _rtsEnable;
        set
        {
            if (DriverOwnsRts)
                throw new InvalidOperationException("'RtsEnable' cannot be set while the handshake drives that line.");
            _rtsEnable = value;
            if (IsOpen)
                Opened().SetModemLines(Libc.TIOCM_RTS, value);
        }
    }

    public bool CtsHolding => (Opened().ModemLines & Libc.TIOCM_CTS) != 0;

    public bool DsrHolding => (Opened().ModemLines & Libc.TIOCM_DSR) != 0;

    public bool CDHolding => (Opened().ModemLines & Libc.TIOCM_CAR) != 0;

    public int BytesToRead => Opened().BytesToRead;

    public int BytesToWrite => Opened().BytesToWrite;

    public Stream BaseStream =>
        IsOpen ? _stream! : throw new InvalidOperationException("The BaseStream is only available when the port is open.");

    private bool DriverOwnsRts => Handshake is Handshake.RequestToSend or Handshake.RequestToSendXOnXOff;

    /// <summary>The terminals of this machine that have a device behind them.</summary>
    public static string[] GetPortNames()
    {
        DirectoryInfo terminals = new("/sys/class/tty");
        if (!terminals.Exists)
            return [];
        return [.. terminals.EnumerateFileSystemInfos()
            .Where(terminal => Directory.Exists(Path.Combine(terminal.FullName, "device")))
            .Select(terminal => "/dev/" + terminal.Name)
            .Order(StringComparer.Ordinal)];
    }

    public void Open()
    {
        if (IsOpen)
            throw new InvalidOperationException("The port is already open.");
        Terminal terminal = Terminal.Open(_portName);
        try
        {
            terminal.Configure(_line);
            terminal.SetModemLines(Libc.TIOCM_DTR, _dtrEnable);
            if (!DriverOwnsRts)
                terminal.SetModemLines(Libc.TIOCM_RTS, _rtsEnable);
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
        _terminal = terminal;
        _stream = new SerialStream(terminal) { ReadTimeout = _readTimeout, WriteTimeout = _writeTimeout };
    }

    public int Read(byte[] buffer, int offset, int count) => Opened().Read(buffer.AsSpan(offset, count), _readTimeout);

    public int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        Opened().Read(one, _readTimeout);
        return one[0];
    }

    public void Write(byte[] buffer, int offset, int count) => Opened().Write(buffer.AsSpan(offset, count), _writeTimeout);

    public void DiscardInBuffer() => Opened().Discard(Libc.TCIFLUSH);

    public void DiscardOutBuffer() => Opened().Discard(Libc.TCOFLUSH);

    public void Close() => Dispose();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _terminal?.Dispose();
        base.Dispose(disposing);
    }

    private Terminal Opened() => IsOpen ? _terminal! : throw new InvalidOperationException("The port is closed.");

    private void Apply(LineSettings line)
    {
        if (IsOpen)
            _terminal!.Configure(line);
        _line = line;
    }
}
