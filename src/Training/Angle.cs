namespace EdgeCnn.Training;

/// <summary>
/// Sine and cosine by IEEE operations alone: the C library's differ in their last bit between machines, and with them whole pictures.
/// </summary>
internal static class Angle
{
    private const double HalfTurn = Math.PI;

    public static float Degrees(float degrees) => degrees * (MathF.PI / 180);

    public static (float Sin, float Cos) SinCos(float radians) => (Sin(radians), Sin(radians + (HalfTurn / 2)));

    public static float Sin(double radians)
    {
        // The nearest multiple of half a turn away, the Taylor series is good to 1e-7 up to its eleventh power.
        double turns = Math.Round(radians / HalfTurn);
        double x = radians - (turns * HalfTurn), square = x * x;
        double sum = 1 - (square / 110);
        sum = 1 - (square / 72 * sum);
        sum = 1 - (square / 42 * sum);
        sum = 1 - (square / 20 * sum);
        sum = 1 - (square / 6 * sum);
        return (float)(((long)turns & 1) == 0 ? x * sum : -x * sum);
    }
}
