using System.Globalization;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Scenes;

/// <summary>Scenes by number, to learn to detect with; other seeds give other scenes.</summary>
/// <param name="seed">Decides which.</param>
/// <param name="count">How many there are.</param>
/// <param name="width">Of their pictures.</param>
/// <param name="height">Of their pictures.</param>
/// <param name="ducks">Whether a duck is among the objects of each: something new for a detector that knows the others.</param>
public sealed class SyntheticDataset(ulong seed, int count, int width, int height, bool ducks = false) : IDataset
{
    public TaskKind Task => TaskKind.Detect;

    public IReadOnlyList<string> Labels { get; } = ducks ? [.. Scene.Labels, "duck"] : Scene.Labels;

    public int Count => count;

    public Example Load(int index) => new Scene(SeedOf(index), width, height, only: null, ducks).Draw();

    public string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"synthetic:{SeedOf(index)}");

    /// <summary>The seed of one scene: it is the same picture as <c>new Scene(seed, ...)</c> draws.</summary>
    public ulong SeedOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        return Random64.For(seed, 0, index).Next64();
    }
}
