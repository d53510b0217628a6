using System.Globalization;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Scenes;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>What a network learns from, and what it is judged on.</summary>
/// <param name="Training">At least one picture.</param>
/// <param name="Validation">Pictures that are not learned from.</param>
/// <param name="Remarks">What is worth knowing of them, a sentence each.</param>
internal sealed record TrainingPictures(IDataset Training, IDataset Validation, IReadOnlyList<string> Remarks)
{
    /// <summary>
    /// In the place of a path: what the program draws itself, scenes to detect in, the same with a duck in each, with masks to segment, or
    /// cuts to classify; after a colon, how many.
    /// </summary>
    private const string Synthetic = "synthetic", Ducks = "synthetic-ducks", Masks = "synthetic-masks", Crops = "synthetic-crops";

    /// <summary>
    /// To draw a scene takes as long as to learn from it, so scenes are kept, up to this share of the memory that there is; those to judge
    /// on up to another.
    /// </summary>
    private const double MostDrawn = 0.25;

    private const int StandardScenes = 10_000, StandardOtherScenes = 500;

    /// <summary>Of scenes and of cuts.</summary>
    private static readonly ImageSize StandardScene = new(Height: 256, Width: 320), StandardCrop = 32;

    /// <summary>Scenes to judge on are the same for every run.</summary>
    private const ulong OtherScenes = 0x6F74686572;

    /// <summary>Whether the program draws them itself.</summary>
    public bool AreDrawn => Training is Remembered;

    /// <param name="path">Where the data lie, see <see cref="Datasets.Open"/>; or "synthetic:10000", scenes with balls, cones, cubes and
    /// targets.</param>
    /// <param name="validation">Other data, or the share of these that is kept apart; null: what the data say themselves, else a
    /// fifth.</param>
    /// <param name="seed">Decides which are kept apart, and what scenes show.</param>
    /// <param name="scenes">The size of scenes and cuts; null: what is usual.</param>
    /// <exception cref="DataException">They cannot be read, or are too few, or those to judge on name other classes.</exception>
    public static TrainingPictures Open(string path, string? validation, ulong seed, ImageSize? scenes)
    {
        OpenedData data = Scenes(path, seed, StandardScenes, scenes) ?? Datasets.Open(path, Decode, DecodeMask);
        if (data.Training is Remembered) validation ??= path.Split(':')[0];
        if (validation is not null && TrainingSettings.Share(validation) is null)
        {
            OpenedData other = Scenes(validation, OtherScenes, StandardOtherScenes, scenes)
                ?? Datasets.Open(validation, Decode, DecodeMask);
            RequireSame(data.Training, other.Training, validation);
            return new TrainingPictures(data.Training, other.Training, [.. data.Remarks, .. other.Remarks]);
        }
        if (validation is null && data.Validation is not null) return new TrainingPictures(data.Training, data.Validation, data.Remarks);
        double share = validation is null ? TrainingSettings.StandardShare : TrainingSettings.Share(validation)!.Value;
        (Subset learned, Subset kept) = Subset.Split(data.Training, share, seed);
        return new TrainingPictures(learned, kept, data.Remarks);
    }

    private static OpenedData? Scenes(string path, ulong seed, int count, ImageSize? size)
    {
        string[] words = path.Split(':');
        if (words[0] is not (Synthetic or Ducks or Masks or Crops) || words.Length > 2) return null;
        if (words.Length == 2 && !(int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0))
            throw new DataException($"'{path}' names no number of pictures; write {words[0]}:{StandardScenes} for so many.");
        (ImageSize scene, ImageSize crop) = (size ?? StandardScene, size ?? StandardCrop);
        IDataset drawn = words[0] == Crops
            ? new SyntheticCrops(seed, count, Math.Max(crop.Width, crop.Height))
            : new SyntheticDataset(seed, count, scene.Width, scene.Height, ducks: words[0] == Ducks, masks: words[0] == Masks);
        long needed = count * (words[0] == Masks ? 4L : 3L) * scene.Width * scene.Height;
        long kept = (long)(MostDrawn * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return new OpenedData(new Remembered(drawn, kept), null, words[0] == Crops || needed <= kept ? [] : [TooMany(count, needed, kept)]);
    }

    private static string TooMany(int count, long needed, long kept) => string.Create(
        CultureInfo.InvariantCulture,
        $"{count:N0} drawn pictures would take {needed >> 20:N0} MiB; of them {kept >> 20:N0} MiB are kept, {MostDrawn * 100:0} % of the "
        + $"memory, and the others are drawn anew in each epoch, which takes longer.");

    private static void RequireSame(IDataset training, IDataset validation, string path)
    {
        if (training.Task != validation.Task)
            throw new DataException(
                $"'{path}' is labelled for another task than the pictures to learn from; give data of the same kind to --val.");
        if (!training.Labels.SequenceEqual(validation.Labels))
        {
            throw new DataException(
                $"'{path}' has the classes {string.Join(", ", validation.Labels)}, and the pictures to learn from have {string.Join(", ", training.Labels)}; "
                + "both need the same ones.");
        }
    }

    private static ClassMask DecodeMask(string path, int classes)
    {
        try
        {
            return MaskFile.Read(path, classes);
        }
        catch (EdgeException e)
        {
            throw new DataException(e.Message, e);
        }
    }

    private static Training.Data.Picture Decode(string path)
    {
        try
        {
            using Frame frame = ImageFile.Read(path);
            ImageView view = frame.View;
            Training.Data.Picture picture = new(view.Width, view.Height);
            for (int y = 0; y < view.Height; y++) view.Row(y).CopyTo(picture.Pixels.AsSpan(3 * y * view.Width));
            return picture;
        }
        catch (EdgeException e)
        {
            throw new DataException(e.Message, e);
        }
    }
}
