namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>The links' integer units: values are rounded, and what does not fit is held at the limit instead of wrapping round.</summary>
internal static class ReportUnits
{
    public static byte Percent(float share) => (byte)Scale(share, 100, 0, 100);

    /// <summary>Ten-thousandths of the image's width or height.</summary>
    public static ushort TenThousandths(float pixels, int size) => size <= 0 ? (ushort)0 : (ushort)Scale(pixels / size, 10_000, 0, 10_000);

    public static short Centidegrees(float degrees) => (short)Scale(degrees, 100, -18_000, 18_000);

    public static ushort Millimetres(float millimetres) => (ushort)Scale(millimetres, 1, 0, ushort.MaxValue);

    public static byte Byte(double value) => (byte)Scale(value, 1, 0, byte.MaxValue);

    public static ushort Milliseconds(TimeSpan time) => (ushort)Scale(time.TotalMilliseconds, 1, 0, ushort.MaxValue);

    private static double Scale(double value, double factor, double low, double high) =>
        double.IsNaN(value) ? Math.Clamp(0, low, high) : Math.Clamp(Math.Round(value * factor), low, high);
}
