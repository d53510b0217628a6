using System.Globalization;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>
/// What models reach, side by side: classes in rows, the worst first; then a row for each model with what it loses against the first.
/// </summary>
internal static class EvaluationTable
{
    /// <param name="models">The models' files.</param>
    /// <param name="results">Of each; all of one task.</param>
    /// <param name="backend">Who computed.</param>
    /// <param name="output">Where the tables go.</param>
    public static void Write(IReadOnlyList<string> models, IReadOnlyList<ModelEvaluation> results, string backend, TextWriter output)
    {
        string[] names = [.. models.Select(model => Path.GetFileNameWithoutExtension(model))];
        if (results[0].Detection is { } first)
        {
            WriteClasses(names, "AP", results, result => result.Detection!.ByClass, output);
            Summarise(
                names,
                "mAP@[.5:.95]", [.. results.Select(result => result.Detection!.MeanAveragePrecision)],
                "mAP@.5", [.. results.Select(result => result.Detection!.AveragePrecision50)],
                output);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first.Images} images, {first.Objects} objects, {backend}"));
        }
        else if (results[0].Segmentation is { } segmentation)
        {
            WriteClasses(names, "IoU", results, result => result.Segmentation!.ByClass, output);
            Summarise(
                names,
                "mIoU", [.. results.Select(result => result.Segmentation!.MeanIou)],
                "pixels", [.. results.Select(result => result.Segmentation!.PixelAccuracy)],
                output);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{segmentation.Images} images, {backend}"));
        }
        else
        {
            Summarise(
                names,
                "top-1", [.. results.Select(result => result.Classification!.Top1)],
                "top-5", [.. results.Select(result => result.Classification!.Top5)],
                output);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{results[0].Images} images, {backend}"));
        }
    }

    private static void WriteClasses(
        string[] names,
        string measure,
        IReadOnlyList<ModelEvaluation> results,
        Func<ModelEvaluation, IReadOnlyDictionary<int, double>> byClass,
        TextWriter output)
    {
        bool several = results.Count > 1;
        TextTable table = new(several ? ["class", .. names.Select(name => $">{name}"), ">drop"] : ["class", $">{measure}"]);
        IReadOnlyDictionary<int, double> first = byClass(results[0]), last = byClass(results[^1]);
        IEnumerable<int> worstFirst = several
            ? first.Keys.OrderByDescending(id => first[id] - last.GetValueOrDefault(id)).ThenBy(id => first[id])
            : first.Keys.OrderBy(id => first[id]);
        foreach (int id in worstFirst)
        {
            double[] precisions = [.. results.Select(result => byClass(result).GetValueOrDefault(id))];
            IReadOnlyList<string> labels = results[0].Labels;
            string label = id < labels.Count ? labels[id] : string.Create(CultureInfo.InvariantCulture, $"class_{id}");
            IEnumerable<string> cells = precisions.Select(precision => Text(precision, "0.000"));
            table.Add([label, .. several ? cells.Append(Drop(precisions, ^1, "0.000")) : cells]);
        }
        table.Write(output);
        output.WriteLine();
    }

    private static void Summarise(string[] names, string measure, double[] values, string other, double[] otherValues, TextWriter output)
    {
        bool several = names.Length > 1;
        TextTable table = new(several ? ["model", $">{measure}", ">drop", $">{other}", ">drop"] : ["model", $">{measure}", $">{other}"]);
        for (int i = 0; i < names.Length; i++)
        {
            string value = Text(values[i], "0.0000"), otherValue = Text(otherValues[i], "0.0000");
            if (several) table.Add(names[i], value, Drop(values, i, "0.0000"), otherValue, Drop(otherValues, i, "0.0000"));
            else table.Add(names[i], value, otherValue);
        }
        table.Write(output);
        output.WriteLine();
    }

    private static string Drop(double[] values, Index model, string format) =>
        model.GetOffset(values.Length) == 0 ? "" : Text(values[0] - values[model], format);

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
