using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Commands.Looking;
using EdgeCnn.EdgeRuntime.Commands.Measuring;
using EdgeCnn.Models;
using EdgeCnn.Quantization;

namespace EdgeCnn.EdgeRuntime.Commands.Quantizing;

/// <summary>The pictures of a folder as a network is fed with them.</summary>
internal static class CalibrationPictures
{
    /// <param name="graph">The network.</param>
    /// <param name="path">Its file: a model card may lie beside it.</param>
    /// <param name="folder">Where the pictures lie.</param>
    /// <param name="limit">At most so many; 0 for all.</param>
    /// <param name="complain">Told what cannot be read; the others go on.</param>
    /// <exception cref="EdgeException">There is no picture that can be read, or the network takes none.</exception>
    public static CalibrationSet Of(Graph graph, string path, string folder, int limit, Action<string> complain)
    {
        PictureFeed feed = PictureFeed.For(path, Describe(graph, graph.Inputs), Describe(graph, graph.Outputs), graph.Metadata);
        if (!feed.TakesPictures)
            throw new EdgeException($"The model '{path}' does not take pictures, so it cannot be calibrated with them.");
        Complaints.Note(feed.Assumptions);
        string[] files = [.. ImageFiles.RequireInFolder(folder, limit).Where(file => IsReadable(file, complain))];
        if (files.Length == 0)
            throw new EdgeException($"None of the images in '{folder}' could be read, so there is nothing to calibrate with.");
        return new CalibrationSet(files.Length, (index, input) =>
        {
            using Frame frame = ImageFile.Read(files[index]);
            feed.Fill(frame.View, input);
        });
    }

    private static bool IsReadable(string file, Action<string> complain)
    {
        try
        {
            ImageFile.Read(file).Dispose();
            return true;
        }
        catch (Exception e) when (e is EdgeException or IOException or UnauthorizedAccessException)
        {
            complain(Failure.Explain(e));
            return false;
        }
    }

    private static NamedValue[] Describe(Graph graph, IEnumerable<string> values) =>
        [.. values.Select(name => NamedValue.Of(graph, name))];
}
