using System.Collections.Immutable;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>The class of each pixel of a picture, height x width; 255 for pixels that do not count.</summary>
public sealed record ClassMask(int Width, int Height, byte[] Classes);

/// <summary>
/// Pictures whose pixels have classes: for images/NAME.jpg a mask masks/NAME.png, as 'edgecnn segment --masks' writes them and 'edgecnn
/// evaluate --masks' reads them. Class names lie in classes.txt beside the folders, one to a line.
/// </summary>
/// <param name="pictures">In any order, with their masks; at least one.</param>
/// <param name="labels">Class names; every pixel has a class of these, or 255.</param>
/// <param name="decode">Reads a picture file; throws <see cref="DataException"/> when it cannot.</param>
/// <param name="decodeMask">Reads a mask that has so many classes; likewise.</param>
/// <param name="remarks">What its owner may want to know, a sentence each.</param>
public sealed class MaskDataset(
    ImmutableArray<(string Picture, string Mask)> pictures,
    IReadOnlyList<string> labels,
    Func<string, Picture> decode,
    Func<string, int, ClassMask> decodeMask,
    IReadOnlyList<string> remarks) : IDataset
{
    private const string Images = "images", Masks = "masks", Names = "classes.txt";

    public TaskKind Task => TaskKind.Segment;

    public IReadOnlyList<string> Labels => labels;

    public int Count => pictures.Length;

    public IReadOnlyList<string> Remarks => remarks;

    public Example Load(int index)
    {
        Picture picture = decode(pictures[index].Picture);
        ClassMask mask = decodeMask(pictures[index].Mask, labels.Count);
        if ((mask.Width, mask.Height) != (picture.Width, picture.Height))
        {
            throw new DataException(
                $"{pictures[index].Mask} is {mask.Width}x{mask.Height}, and its picture {picture.Width}x{picture.Height}; "
                + "a mask has the picture's size.");
        }
        return new Example(picture, -1, [], mask.Classes);
    }

    public string NameOf(int index) => pictures[index].Picture;

    /// <summary>Whether a folder holds such pictures.</summary>
    internal static bool Is(string folder) => Directory.Exists(Path.Join(folder, Images)) && Directory.Exists(Path.Join(folder, Masks));

    /// <summary>The folders images and masks, or images/train and images/val (or test) with masks/train and so on.</summary>
    /// <exception cref="DataException">There is no picture with a mask.</exception>
    internal static OpenedData Open(string folder, Func<string, Picture> decode, Func<string, int, ClassMask> decodeMask)
    {
        string names = Path.Join(folder, Names), images = Path.Join(folder, Images);
        IReadOnlyList<string>? labels = File.Exists(names) ? Models.Tasks.Labels.Load(names) : null;
        string train = Path.Join(images, "train");
        if (!Directory.Exists(train))
        {
            MaskDataset all = Read(images, Path.Join(folder, Masks), labels, decode, decodeMask);
            return new OpenedData(all, null, all.Remarks);
        }
        MaskDataset training = Read(train, Path.Join(folder, Masks, "train"), labels, decode, decodeMask);
        MaskDataset? validation = Datasets.ValidationFolder(images) is { } other
            ? Read(other, Path.Join(folder, Masks, Path.GetFileName(other)), training.Labels, decode, decodeMask)
            : null;
        return new OpenedData(training, validation, [.. training.Remarks, .. validation?.Remarks ?? []]);
    }

    private static MaskDataset Read(
        string images, string masks, IReadOnlyList<string>? labels, Func<string, Picture> decode, Func<string, int, ClassMask> decodeMask)
    {
        (string Picture, string Mask)[] all =
        [
            .. Directory.EnumerateFiles(images).Where(Datasets.IsPicture).Order(StringComparer.Ordinal)
                .Select(picture => (picture, Path.Join(masks, Path.GetFileNameWithoutExtension(picture) + ".png"))),
        ];
        ImmutableArray<(string Picture, string Mask)> pairs = [.. all.Where(pair => File.Exists(pair.Mask))];
        if (pairs.IsEmpty) throw new DataException($"None of the {all.Length} pictures in '{images}' has a mask NAME.png in '{masks}'.");
        List<string> remarks = [];
        if (pairs.Length < all.Length)
            remarks.Add($"{all.Length - pairs.Length} of the {all.Length} pictures in '{images}' have no mask and are left out.");
        if (labels is null)
        {
            labels = Numbered(pairs, decodeMask);
            remarks.Add($"There is no {Names} beside '{Images}', so the {labels.Count} classes of the masks are numbered.");
        }
        return new MaskDataset(pairs, labels, decode, decodeMask, remarks);
    }

    /// <summary>As many names as the masks have classes.</summary>
    private static IReadOnlyList<string> Numbered(
        ImmutableArray<(string Picture, string Mask)> pairs, Func<string, int, ClassMask> decodeMask)
    {
        int most = 0;
        foreach ((_, string path) in pairs)
        {
            foreach (byte id in decodeMask(path, Segmenter.MostClasses).Classes)
            {
                if (id != byte.MaxValue) most = Math.Max(most, id);
            }
        }
        return ["background", .. Models.Tasks.Labels.Numbered(most + 1).Skip(1)];
    }
}
