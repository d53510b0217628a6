using System.Globalization;
using EdgeCnn.Models;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>
/// The layers of a network as a table: output, its memory, parameters and the product that gives them, multiply-adds, receptive field.
/// </summary>
internal static class LayerTable
{
    public static void Write(GraphSummary summary, TextWriter output)
    {
        TextTable table = new("op", "output", ">KiB", ">parameters", "product", ">MMAC", ">field", "layer");
        foreach (LayerSummary layer in summary.Layers)
        {
            table.Add(
                layer.Op,
                layer.OutputShape.ToString(),
                Kibibytes(layer.ActivationBytes),
                Count(layer.Parameters),
                layer.Product,
                Millions(layer.MultiplyAdds),
                layer.ReceptiveField is { } field ? Count(field) : "",
                layer.Name);
        }
        table.Add(
            $"{summary.Layers.Length} layers",
            "",
            Kibibytes(summary.ActivationBytes),
            Count(summary.Parameters),
            "",
            Millions(summary.MultiplyAdds),
            "",
            "");
        table.Write(output);
    }

    /// <summary>"1,728"; nothing for 0.</summary>
    public static string Count(long number) => number == 0 ? "" : number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Millions(long macs) => macs == 0 ? "" : (macs / 1e6).ToString("N2", CultureInfo.InvariantCulture);

    private static string Kibibytes(long bytes) => (bytes / 1024.0).ToString("N1", CultureInfo.InvariantCulture);
}
