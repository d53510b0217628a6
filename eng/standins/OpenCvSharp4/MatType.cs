namespace OpenCvSharp;

/// <summary>What a matrix element is: the depth in the lowest three bits, the number of channels less one above them.</summary>
public readonly record struct MatType(int Value)
{
    public const int CV_8U = 0;
    public const int CV_8S = 1;
    public const int CV_16U = 2;
    public const int CV_16S = 3;
    public const int CV_32S = 4;
    public const int CV_32F = 5;
    public const int CV_64F = 6;

    public static readonly MatType CV_8UC1 = CV_8UC(1);
    public static readonly MatType CV_8UC2 = CV_8UC(2);
    public static readonly MatType CV_8UC3 = CV_8UC(3);
    public static readonly MatType CV_8UC4 = CV_8UC(4);
    public static readonly MatType CV_16UC1 = MakeType(CV_16U, 1);
    public static readonly MatType CV_16SC1 = MakeType(CV_16S, 1);
    public static readonly MatType CV_32SC1 = MakeType(CV_32S, 1);
    public static readonly MatType CV_32FC1 = CV_32FC(1);
    public static readonly MatType CV_32FC3 = CV_32FC(3);
    public static readonly MatType CV_64FC1 = MakeType(CV_64F, 1);

    private const int ChannelShift = 3;
    private const int DepthMask = (1 << ChannelShift) - 1;
    private const int MaxChannels = 512;

    public int Depth => Value & DepthMask;

    public int Channels => (Value >> ChannelShift) + 1;

    public static MatType CV_8UC(int ch) => MakeType(CV_8U, ch);

    public static MatType CV_32FC(int ch) => MakeType(CV_32F, ch);

    public static MatType MakeType(int depth, int channels)
    {
        if (channels is <= 0 or >= MaxChannels)
            throw new OpenCvSharpException($"A matrix has 1 to {MaxChannels - 1} channels, not {channels}.");
        if (depth is < 0 or > DepthMask)
            throw new OpenCvSharpException($"A matrix's depth is 0 to {DepthMask}, not {depth}.");
        return new(depth + ((channels - 1) << ChannelShift));
    }

    public static implicit operator int(MatType type) => type.Value;

    public static implicit operator MatType(int value) => new(value);

    public override string ToString()
    {
        string depth = Depth switch
        {
            CV_8U => "8U",
            CV_8S => "8S",
            CV_16U => "16U",
            CV_16S => "16S",
            CV_32S => "32S",
            CV_32F => "32F",
            CV_64F => "64F",
            _ => "USRTYPE1",
        };
        return Channels <= 4 ? $"CV_{depth}C{Channels}" : $"CV_{depth}C({Channels})";
    }
}
