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
/// <param name="masks">Whether they have masks in the place of boxes, to learn to segment with; without ducks.</param>
public sealed class SyntheticDataset(ulong seed, int count, int width, int height, bool ducks = false, bool masks = false) : IDataset
{
    public TaskKind Task => masks ? TaskKind.Segment : TaskKind.Detect;

    public IReadOnlyList<string> Labels { get; } = masks ? Scene.PixelLabels : ducks ? [.. Scene.Labels, "duck"] : Scene.Labels;

    public int Count => count;

    public Example Load(int index)
    {
        Scene scene = new(SeedOf(index), width, height, only: null, ducks);
        if (!masks) return scene.Draw();
        Picture picture = new(width, height);
        byte[] mask = new byte[width * height];
        scene.Draw(picture, 0, mask: mask);
        return new Example(picture, -1, [], mask);
    }

    public string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"synthetic:{SeedOf(index)}");

    /// <summary>The seed of one scene: it is the same picture as <c>new Scene(seed, ...)</c> draws.</summary>
    public ulong SeedOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        return Random64.For(seed, 0, index).Next64();
    }
}
