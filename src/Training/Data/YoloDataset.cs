using System.Collections.Immutable;
using System.Globalization;

namespace EdgeCnn.Training.Data;

/// <summary>
/// Annotations as YOLO's trainers take them: for images/NAME.jpg a file labels/NAME.txt with a line for each object: class, centre x,
/// centre y, width, height in shares of the picture, or class and the corners of a polygon. A picture without such a file shows nothing.
/// </summary>
internal static class YoloDataset
{
    /// <summary>Larger annotation files are refused before they are read.</summary>
    private const long MaxBytes = 16 << 20;

    /// <summary>What a data.yaml names.</summary>
    public static OpenedData Open(string yaml, Func<string, Picture> decode)
    {
        YoloCard card = YoloCard.Read(yaml);
        string folder = Path.GetDirectoryName(Path.GetFullPath(yaml))!;
        string root = card.Root is null ? folder : Path.Join(folder, card.Root) is var joined
            && Directory.Exists(joined) ? joined : card.Root;
        if (card.Training.Count == 0)
            throw new DataException($"{yaml} does not say where the pictures to learn from are; add a line 'train: images/train'.");
        AnnotatedPictures training = Read(card.Training.SelectMany(entry => Pictures(yaml, root, entry)), card.Names, decode);
        // Pictures that are learned from judge nothing: whoever names the same for both has none to spare, and some are set apart instead.
        bool judges = card.Validation.Count > 0 && !card.Validation.SequenceEqual(card.Training);
        AnnotatedPictures? validation =
            !judges ? null : Read(card.Validation.SelectMany(entry => Pictures(yaml, root, entry)), card.Names, decode);
        return new OpenedData(training, validation, [.. training.Remarks, .. validation?.Remarks ?? []]);
    }

    /// <summary>The folders images and labels without a data.yaml: classes are named in classes.txt, or numbered.</summary>
    public static OpenedData OpenFolder(string folder, Func<string, Picture> decode)
    {
        string names = Path.Join(folder, "classes.txt");
        IReadOnlyList<string>? labels = File.Exists(names) ? Models.Tasks.Labels.Load(names) : null;
        string images = Path.Join(folder, "images");
        string train = Path.Join(images, "train");
        if (!Directory.Exists(train))
        {
            AnnotatedPictures all = Read(InFolder(images), labels, decode);
            return new OpenedData(all, null, all.Remarks);
        }
        AnnotatedPictures training = Read(InFolder(train), labels, decode);
        AnnotatedPictures? validation =
            Datasets.ValidationFolder(images) is { } other ? Read(InFolder(other), training.Labels, decode) : null;
        return new OpenedData(training, validation, [.. training.Remarks, .. validation?.Remarks ?? []]);
    }

    /// <summary>One entry of train or val: a folder of pictures, or a list of them, a path to the line.</summary>
    private static IEnumerable<string> Pictures(string yaml, string root, string entry)
    {
        string path = Path.Combine(root, entry);
        // Exported sets often say ../train/images of a folder that was moved up.
        if (!Path.Exists(path) && entry.StartsWith("../", StringComparison.Ordinal)) path = Path.Combine(root, entry[3..]);
        if (Directory.Exists(path)) return InFolder(path);
        if (File.Exists(path) && Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase))
            return Lines(path).Where(line => line.Length > 0).Select(line => Path.Combine(root, line));
        throw new DataException($"{yaml} names '{entry}', and there is no folder or list '{path}'.");
    }

    private static IEnumerable<string> InFolder(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(Datasets.IsPicture).Order(StringComparer.Ordinal);

    private static AnnotatedPictures Read(IEnumerable<string> files, IReadOnlyList<string>? labels, Func<string, Picture> decode)
    {
        BoxCheck check = new();
        int classes = labels?.Count ?? ushort.MaxValue;
        ImmutableArray<AnnotatedPicture> pictures =
            [.. files.Select(file => new AnnotatedPicture(file, Boxes(file, classes, labels, check)))];
        if (pictures.IsEmpty) throw new DataException("The annotations name no pictures: a folder is empty, or it holds no picture files.");
        if (pictures.All(picture => picture.Boxes.IsEmpty))
        {
            throw new DataException(
                $"None of the {pictures.Length} pictures has an object marked; for {pictures[0].Path} they would be in {AnnotationsOf(pictures[0].Path)}.");
        }
        labels ??= Models.Tasks.Labels.Numbered(
            pictures.Max(picture => picture.Boxes.IsEmpty ? 0 : picture.Boxes.Max(box => box.ClassId)) + 1);
        return new AnnotatedPictures(pictures, labels, relative: true, decode, [.. check.Remarks()]);
    }

    /// <summary>
    /// a/images/b/c.jpg -> a/labels/b/c.txt: the last folder called images counts; without one, the file beside the picture.
    /// </summary>
    internal static string AnnotationsOf(string picture)
    {
        string text = Path.ChangeExtension(picture, ".txt");
        int at = text.LastIndexOf("/images/", StringComparison.Ordinal);
        return at < 0 ? text : string.Concat(text.AsSpan(0, at), "/labels/", text.AsSpan(at + "/images/".Length));
    }

    private static ImmutableArray<Box> Boxes(string picture, int classes, IReadOnlyList<string>? labels, BoxCheck check)
    {
        string path = AnnotationsOf(picture);
        if (!File.Exists(path)) return [];
        ImmutableArray<Box>.Builder boxes = ImmutableArray.CreateBuilder<Box>();
        foreach ((int index, string line) in Lines(path).Index())
        {
            if (line.Length == 0) continue;
            string place = string.Create(CultureInfo.InvariantCulture, $"{path}:{index + 1}");
            Box box = Parse(line, place);
            if (box.ClassId >= classes)
            {
                throw new DataException(
                    $"{place} names the class {box.ClassId}, and there are {classes}, numbered from 0 ({string.Join(", ", labels!.Take(8))}); "
                    + "mend the line or the list of names.");
            }
            if (check.Inside(box, 1, 1, place) is { } inside) boxes.Add(inside);
        }
        return boxes.ToImmutable();
    }

    private static Box Parse(string line, string place)
    {
        string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool polygon = fields.Length >= 7 && fields.Length % 2 == 1;
        if (fields.Length != 5 && !polygon)
            throw new DataException(
                $"{place} has {fields.Length} numbers; an object needs five: class, centre x, centre y, width, height.");
        if (!int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int classId) || classId >= ushort.MaxValue)
            throw new DataException($"{place} begins with '{fields[0]}', which is no number of a class.");
        float[] values = new float[fields.Length - 1];
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.TryParse(fields[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i])
                || !float.IsFinite(values[i]))
                throw new DataException($"{place} holds '{fields[i + 1]}', which is no number.");
        }
        if (values is [float x, float y, float width, float height])
        {
            if (width < 0 || height < 0) throw new DataException($"{place} has a width or height below zero.");
            return new Box(classId, x - (width / 2), y - (height / 2), x + (width / 2), y + (height / 2));
        }
        float[] xs = [.. values.Where((_, i) => i % 2 == 0)], ys = [.. values.Where((_, i) => i % 2 == 1)];
        return new Box(classId, xs.Min(), ys.Min(), xs.Max(), ys.Max());
    }

    private static IEnumerable<string> Lines(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new DataException($"{path} is larger than {MaxBytes >> 20} MiB, which no list of objects is.");
        return File.ReadLines(path).Select(line => line.Trim());
    }
}
