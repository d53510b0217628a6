using System.Collections.Immutable;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>A picture file and the objects that somebody marked in it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Boxes">In pixels, or in shares of the picture's sides.</param>
public readonly record struct AnnotatedPicture(string Path, ImmutableArray<Box> Boxes);

/// <summary>Pictures with marked objects.</summary>
/// <param name="pictures">In any order; at least one.</param>
/// <param name="labels">Class names; every box has a class of these.</param>
/// <param name="relative">Whether the boxes are in shares of the picture's sides (YOLO) or in pixels (COCO).</param>
/// <param name="decode">Reads a picture file; throws <see cref="DataException"/> when it cannot.</param>
/// <param name="remarks">What its owner may want to know, a sentence each.</param>
public sealed class AnnotatedPictures(
    ImmutableArray<AnnotatedPicture> pictures,
    IReadOnlyList<string> labels,
    bool relative,
    Func<string, Picture> decode,
    IReadOnlyList<string> remarks) : IDataset
{
    public TaskKind Task => TaskKind.Detect;

    public IReadOnlyList<string> Labels => labels;

    public int Count => pictures.Length;

    public IReadOnlyList<string> Remarks => remarks;

    public Example Load(int index)
    {
        (string path, ImmutableArray<Box> boxes) = pictures[index];
        Picture picture = decode(path);
        (float x, float y) = relative ? (picture.Width, picture.Height) : (1f, 1f);
        Box[] inside =
        [
            .. boxes
                .Select(box => new Box(
                    box.ClassId,
                    Math.Clamp(box.Left * x, 0, picture.Width),
                    Math.Clamp(box.Top * y, 0, picture.Height),
                    Math.Clamp(box.Right * x, 0, picture.Width),
                    Math.Clamp(box.Bottom * y, 0, picture.Height)))
                .Where(box => box is { Width: > 0, Height: > 0 }),
        ];
        return Example.OfBoxes(picture, [.. inside]);
    }

    public string NameOf(int index) => pictures[index].Path;
}
