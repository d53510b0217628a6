using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Transfer;

/// <summary>A channel that an output is to have.</summary>
/// <param name="Source">The channel that it was; -1 where it begins anew.</param>
/// <param name="Beside">The channel whose layer it comes from.</param>
internal readonly record struct HeadChannel(int Source, int Beside)
{
    /// <summary>
    /// The channels of an output, in order: those of classes become those of the new labels, and keep what they have learned where a label
    /// stays; all others stay. Null where the output tells no classes.
    /// </summary>
    public static HeadChannel[]? Of(ModelTask task, int output, int count, IReadOnlyList<string> labels)
    {
        bool detects = task.Kind == TaskKind.Detect;
        int[] starts = detects ? ClassStarts(task, output) : [0];
        if (starts.Length == 0) return null;
        int classes = detects ? ((LevelDecoder)task.Decoder!).Classes : count;
        List<HeadChannel> channels = [];
        for (int channel = 0; channel < count; channel++)
        {
            if (!starts.Contains(channel))
            {
                channels.Add(new HeadChannel(channel, channel));
                continue;
            }
            foreach (string label in labels)
            {
                int known = IndexOf(task.Labels, label);
                channels.Add(new HeadChannel(known < 0 ? -1 : channel + known, channel));
            }
            channel += classes - 1;
        }
        return [.. channels];
    }

    /// <summary>Where among an output's channels the classes of each anchor begin.</summary>
    private static int[] ClassStarts(ModelTask task, int output)
    {
        List<int> starts = [];
        foreach (ref readonly Level level in ((LevelDecoder)task.Decoder!).Levels)
        {
            Field scores = level.Scores;
            if (scores.Output != output) continue;
            int start = scores.CellStep == 1 ? scores.Offset / scores.ChannelStep : scores.Offset % scores.CellStep;
            if (!starts.Contains(start)) starts.Add(start);
        }
        return [.. starts];
    }

    private static int IndexOf(IReadOnlyList<string> labels, string label)
    {
        for (int i = 0; i < labels.Count; i++)
        {
            if (labels[i] == label) return i;
        }
        return -1;
    }
}
