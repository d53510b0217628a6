namespace System.IO.Ports;

/// <summary>A serial port as a stream (<see cref="SerialPort.BaseStream"/>).</summary>
internal sealed class SerialStream(Terminal terminal) : Stream
{
    public override bool CanRead => terminal.IsOpen;

    public override bool CanWrite => terminal.IsOpen;

    public override bool CanSeek => false;

    public override bool CanTimeout => terminal.IsOpen;

    public override int ReadTimeout { get; set; } = SerialPort.InfiniteTimeout;

    public override int WriteTimeout { get; set; } = SerialPort.InfiniteTimeout;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => terminal.Read(buffer.AsSpan(offset, count), ReadTimeout);

    public override int Read(Span<byte> buffer) => terminal.Read(buffer, ReadTimeout);

    public override void Write(byte[] buffer, int offset, int count) => terminal.Write(buffer.AsSpan(offset, count), WriteTimeout);

    public override void Write(ReadOnlySpan<byte> buffer) => terminal.Write(buffer, WriteTimeout);

    public override void Flush() => terminal.Drain();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            terminal.Dispose();
        base.Dispose(disposing);
    }
}
