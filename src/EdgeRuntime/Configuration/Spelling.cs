namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>What somebody perhaps meant who wrote a name that there is not.</summary>
internal static class Spelling
{
    /// <summary>
    /// The name that is nearest to what was written, the first of equals; null when none is near. Capitals do not matter.
    /// </summary>
    public static string? Nearest(string written, IEnumerable<string> names)
    {
        string? nearest = names.MinBy(name => Distance(written, name));
        return nearest is not null && Distance(written, nearest) <= Math.Max(2, written.Length / 3) ? nearest : null;
    }

    /// <summary>Insertions, deletions and replacements that lead from one word to the other (Levenshtein 1966).</summary>
    private static int Distance(string a, string b)
    {
        (a, b) = (a.ToUpperInvariant(), b.ToUpperInvariant());
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
