using System.Globalization;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Scenes;

/// <summary>Square cuts of scenes with one object each, or with none, to learn to tell them apart with. Classes take turns.</summary>
/// <param name="seed">Other seeds give other pictures.</param>
/// <param name="count">How many there are.</param>
/// <param name="side">Of the pictures, in pixels.</param>
public sealed class SyntheticCrops(ulong seed, int count, int side) : IDataset
{
    /// <summary>An object that is hidden or cut off is drawn again elsewhere; so often fails nobody.</summary>
    private const int Attempts = 50;

    /// <summary>Columns and rows of the scenes in sides of the cuts.</summary>
    private const float Wide = 4, High = 3.2f;

    public TaskKind Task => TaskKind.Classify;

    public IReadOnlyList<string> Labels { get; } = [.. Scene.Labels, "nothing"];

    public int Count => count;

    public Example Load(int index)
    {
        int classId = ClassOf(index);
        Random64 random = Random64.For(seed, 0, index);
        int width = (int)(Wide * side), height = (int)(High * side);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Example scene = new Scene(random.Next64(), width, height, classId < Scene.Labels.Count ? classId : -1).Draw();
            if (classId == Scene.Labels.Count)
                return Example.OfClass(Cut(scene.Picture, Anywhere(width, height, ref random), ref random), classId);
            if (!scene.Boxes.IsEmpty) return Example.OfClass(Cut(scene.Picture, scene.Boxes[0], ref random), classId);
        }
        throw new DataException($"{NameOf(index)} could not be drawn.");
    }

    public string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"synthetic crop {index} of seed {seed}");

    public int ClassOf(int index) => index % Labels.Count;

    private static Box Anywhere(int width, int height, ref Random64 random)
    {
        float length = random.Between(0.1f, 0.4f) * width, x = random.Between(0, width - length), y = random.Between(0, height - length);
        return new Box(0, x, y, x + length, y + length);
    }

    /// <summary>The square around a box, with some room, not quite in the middle.</summary>
    private Picture Cut(Picture picture, Box box, ref Random64 random)
    {
        float length =
            Math.Max(box.Width, box.Height) * random.Between(1.05f, 1.5f), slack = (length - Math.Max(box.Width, box.Height)) / 2;
        float x = ((box.Left + box.Right) / 2) + random.Between(-slack, slack), y = ((box.Top + box.Bottom) / 2)
            + random.Between(-slack, slack);
        x = Math.Clamp(x, length / 2, Math.Max(length / 2, picture.Width - (length / 2)));
        y = Math.Clamp(y, length / 2, Math.Max(length / 2, picture.Height - (length / 2)));
        Canvas canvas = new(side, side, ResizePolicy.Stretch, Fill: 114);
        Picture cut = canvas.Blank();
        canvas.Draw(
            picture, Affine.Move((length / 2) - x, (length / 2) - y).Then(Affine.Scale(side / length, side / length)), cut, canvas.All);
        return cut;
    }
}
