using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>What a network learns from, and what it is judged on.</summary>
/// <param name="Training">At least one picture.</param>
/// <param name="Validation">Pictures that are not learned from.</param>
/// <param name="Remarks">What is worth knowing of them, a sentence each.</param>
internal sealed record TrainingPictures(IDataset Training, IDataset Validation, IReadOnlyList<string> Remarks)
{
    /// <param name="path">Where the data lie; see <see cref="Datasets.Open"/>.</param>
    /// <param name="validation">Other data, or the share of these that is kept apart; null: what the data say themselves, else a fifth.</param>
    /// <param name="seed">Decides which are kept apart.</param>
    /// <exception cref="DataException">They cannot be read, or are too few, or those to judge on name other classes.</exception>
    public static TrainingPictures Open(string path, string? validation, ulong seed)
    {
        OpenedData data = Datasets.Open(path, Decode);
        if (validation is not null && TrainingSettings.Share(validation) is null)
        {
            OpenedData other = Datasets.Open(validation, Decode);
            RequireSame(data.Training, other.Training, validation);
            return new TrainingPictures(data.Training, other.Training, [.. data.Remarks, .. other.Remarks]);
        }
        if (validation is null && data.Validation is not null) return new TrainingPictures(data.Training, data.Validation, data.Remarks);
        double share = validation is null ? TrainingSettings.StandardShare : TrainingSettings.Share(validation)!.Value;
        (Subset learned, Subset kept) = Subset.Split(data.Training, share, seed);
        return new TrainingPictures(learned, kept, data.Remarks);
    }

    private static void RequireSame(IDataset training, IDataset validation, string path)
    {
        if (training.Task != validation.Task)
            throw new DataException($"'{path}' is labelled for another task than the pictures to learn from; give data of the same kind to --val.");
        if (!training.Labels.SequenceEqual(validation.Labels))
        {
            throw new DataException(
                $"'{path}' has the classes {string.Join(", ", validation.Labels)}, and the pictures to learn from have {string.Join(", ", training.Labels)}; "
                + "both need the same ones.");
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
