using System.Collections.Immutable;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>Some examples of a data set, in an order of their own.</summary>
public sealed class Subset(IDataset whole, ImmutableArray<int> indices) : IDataset
{
    public TaskKind Task => whole.Task;

    public IReadOnlyList<string> Labels => whole.Labels;

    public int Count => indices.Length;

    /// <summary>Their numbers in the whole.</summary>
    public ImmutableArray<int> Indices => indices;

    public Example Load(int index) => whole.Load(indices[index]);

    public string NameOf(int index) => whole.NameOf(indices[index]);

    public int ClassOf(int index) => whole.ClassOf(indices[index]);

    /// <summary>The first <paramref name="count"/> examples, or all where there are fewer.</summary>
    public static Subset First(IDataset whole, int count) => new(whole, [.. Enumerable.Range(0, Math.Min(count, whole.Count))]);

    /// <summary>
    /// Cuts a data set in two by a seed: the larger part to learn from, the other to measure with. Classes keep their shares; of a class
    /// with a single example, that one is learnt from.
    /// </summary>
    /// <param name="whole">At least two examples.</param>
    /// <param name="share">Of the examples to measure with: above 0, below 1.</param>
    /// <param name="seed">Decides who goes where.</param>
    /// <exception cref="DataException">There are too few examples for two parts.</exception>
    public static (Subset Training, Subset Validation) Split(IDataset whole, double share, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(share, 1);
        List<int> training = [], validation = [];
        Random64 random = new(seed);
        double owed = 0;
        foreach (IGrouping<int, int> group in Enumerable.Range(0, whole.Count).GroupBy(whole.ClassOf).OrderBy(group => group.Key))
        {
            int[] members = [.. group];
            random.Shuffle(members.AsSpan());
            // What rounding took from one class is given back by the next, so that the whole has its share.
            owed += share * members.Length;
            int taken = Math.Clamp((int)Math.Round(owed), 0, members.Length - 1);
            owed -= taken;
            validation.AddRange(members[..taken]);
            training.AddRange(members[taken..]);
        }
        if (validation.Count == 0)
        {
            throw new DataException(
                $"{whole.Count} {(whole.Count == 1 ? "example is" : "examples are")} too few to keep some apart for measuring; add pictures.");
        }
        training.Sort();
        validation.Sort();
        return (new Subset(whole, [.. training]), new Subset(whole, [.. validation]));
    }
}
