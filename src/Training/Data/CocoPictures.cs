using System.Globalization;
using EdgeCnn.Quantization.Evaluation;

namespace EdgeCnn.Training.Data;

/// <summary>Pictures with annotations in COCO's JSON format.</summary>
internal static class CocoPictures
{
    /// <param name="path">
    /// The annotations; the pictures lie beside them, in the folder images there, or as COCO is handed out:
    /// annotations/instances_train2017.json and train2017/.
    /// </param>
    /// <param name="decode">Reads a picture file.</param>
    public static AnnotatedPictures Open(string path, Func<string, Picture> decode)
    {
        CocoDataset coco = CocoDataset.Load(path);
        if (coco.Images.Count == 0) throw new DataException($"{path} names no pictures.");
        string beside = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string split = Path.GetFileNameWithoutExtension(path).Split('_')[^1];
        string[] places = [Path.Join(beside, "images"), beside, Path.Join(beside, "..", "images"), Path.Join(beside, "..", split)];
        string folder = places.FirstOrDefault(place => File.Exists(Path.Join(place, coco.Images[0].FileName)))
            ?? throw new DataException(
                $"The picture {coco.Images[0].FileName} of {path} lies neither beside it nor in the folder images there.");

        BoxCheck check = new();
        int crowds = 0, absent = 0;
        List<AnnotatedPicture> pictures = [];
        foreach (LabelledImage image in coco.Images)
        {
            string file = Path.Join(folder, image.FileName);
            if (!File.Exists(file))
            {
                absent++;
                continue;
            }
            crowds += image.Truths.Count(truth => truth.IsCrowd);
            // Files that do not say how large their pictures are: boxes are cut when the picture is read.
            (float width, float height) = image is { Width: > 0, Height: > 0 }
                ? (image.Width, image.Height)
                : (float.MaxValue, float.MaxValue);
            pictures.Add(new AnnotatedPicture(
                file,
                [
                    .. image.Truths
                        .Where(truth => !truth.IsCrowd)
                        .Select(truth => check.Inside(
                            new Box(truth.ClassId, truth.Box.X, truth.Box.Y, truth.Box.Right, truth.Box.Bottom), width, height,
                            image.FileName))
                        .OfType<Box>(),
                ]));
        }
        return new AnnotatedPictures([.. pictures], coco.Categories, relative: false, decode, [.. Remarks()]);

        IEnumerable<string> Remarks()
        {
            if (absent > 0)
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{absent} pictures that {path} names are not there and are left out.");
            if (crowds > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{crowds} regions marked as crowds are left out.");
            foreach (string remark in check.Remarks()) yield return remark;
        }
    }
}
