using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

/// <summary>
/// Pictures of noise with a box each, as many as wanted; those whose number is in <paramref name="damaged"/> cannot be read.
/// </summary>
internal sealed class NumberedPictures(int count, int width, int height, params int[] damaged) : IDataset
{
    public TaskKind Task => TaskKind.Detect;

    public IReadOnlyList<string> Labels { get; } = ["noise"];

    public int Count => count;

    public Example Load(int index)
    {
        if (damaged.Contains(index)) throw new DataException($"{NameOf(index)} is damaged.");
        Random64 random = new((ulong)index);
        Picture picture = new(width, height);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)random.Below(256);
        return Example.OfBoxes(picture, new EdgeCnn.Training.Data.Box(0, 1, 1, width / 2f, height / 2f));
    }

    public string NameOf(int index) => FormattableString.Invariant($"number {index}");
}
