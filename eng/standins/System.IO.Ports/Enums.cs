namespace System.IO.Ports;

public enum Parity
{
    None = 0,
    Odd = 1,
    Even = 2,
    Mark = 3,
    Space = 4,
}

public enum StopBits
{
    None = 0,
    One = 1,
    Two = 2,
    OnePointFive = 3,
}

public enum Handshake
{
    None = 0,
    XOnXOff = 1,
    RequestToSend = 2,
    RequestToSendXOnXOff = 3,
}
