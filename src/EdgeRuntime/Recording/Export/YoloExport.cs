using System.Globalization;
using System.Text;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Recording.Export;

/// <summary>
/// A recording as a data set for training in the layout of YOLO: images/NAME.jpg as they were recorded, labels/NAME.txt with a line "class
/// x y width height" for each detection (the box's centre and size as shares of the picture), and data.yaml with the class names. The
/// labels are what the model saw: somebody has to look through them and mend what it missed before another model learns from them.
/// </summary>
internal static class YoloExport
{
    /// <param name="recording">At its beginning.</param>
    /// <param name="folder">Made where it is not there.</param>
    /// <param name="confidence">Detections less confident than this are left out.</param>
    /// <param name="every">Every so many frames one is taken: neighbours in time teach little.</param>
    /// <returns>How many frames were written.</returns>
    public static long Write(RecordingReader recording, string folder, double confidence, int every)
    {
        string images = Directory.CreateDirectory(Path.Join(folder, "images"))
            .FullName, labels = Directory.CreateDirectory(Path.Join(folder, "labels")).FullName;
        // Several recordings may be exported into one folder.
        string prefix = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(recording.Folder)));
        long read = 0, written = 0;
        while (recording.Next() is var (frame, picture))
        {
            if (read++ % every != 0) continue;
            string name = $"{prefix}-{Path.GetFileNameWithoutExtension(frame.File)}";
            string text = Labels(frame, confidence);
            WholeFile.Write(Path.Join(images, name + ".jpg"), stream => stream.Write(picture));
            WholeFile.Write(Path.Join(labels, name + ".txt"), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
            written++;
        }
        WholeFile.Write(
            Path.Join(folder, "data.yaml"), stream => stream.Write(Encoding.UTF8.GetBytes(Description(recording.Header.Labels ?? []))));
        return written;
    }

    private static string Labels(RecordedFrame frame, double confidence)
    {
        StringBuilder text = new();
        foreach (RecordedObject thing in frame.Detections ?? [])
        {
            if (thing.Box is not { Count: 4 } box || thing.Confidence < confidence || frame.Width <= 0 || frame.Height <= 0) continue;
            // Boxes may stick out of the picture; labels may not.
            (double left, double right) = (Math.Clamp(box[0] / frame.Width, 0, 1), Math.Clamp((box[0] + box[2]) / frame.Width, 0, 1));
            (double top, double bottom) = (Math.Clamp(box[1] / frame.Height, 0, 1), Math.Clamp((box[1] + box[3]) / frame.Height, 0, 1));
            if (right <= left || bottom <= top) continue;
            text.Append(
                CultureInfo.InvariantCulture,
                $"{thing.ClassId} {(left + right) / 2:0.######} {(top + bottom) / 2:0.######} {right - left:0.######} {bottom - top:0.######}\n");
        }
        return text.ToString();
    }

    /// <summary>The data.yaml: every picture under images is to learn from and, until somebody splits them, to measure with.</summary>
    internal static string Description(IReadOnlyList<string> names)
    {
        StringBuilder text = new("path: .\ntrain: images\nval: images\nnames:\n");
        for (int i = 0; i < names.Count; i++)
            text.Append(CultureInfo.InvariantCulture,
                $"  {i}: '{names[i].ReplaceLineEndings(" ").Replace("'", "''", StringComparison.Ordinal)}'\n");
        return text.ToString();
    }
}
