namespace EdgeCnn.Engine.Passes;

/// <summary>Joins operators that are faster in one go.</summary>
internal static class Fusion
{
    public static void Apply(Draft draft)
    {
    }
}
