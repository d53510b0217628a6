using System.Globalization;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Commands.Measuring;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Quantization;
using EdgeCnn.Quantization.Sensitivity;

namespace EdgeCnn.EdgeRuntime.Commands.Quantizing;

/// <summary>Calibrates, quantises, judges and writes one network.</summary>
internal sealed record QuantizeRun
{
    /// <summary>What may be lost of a measure of accuracy, unless told otherwise.</summary>
    public const double MostPoints = 0.01;

    /// <summary>
    /// The noise that the outputs may have, unless told otherwise: 13 dB. Detectors bear that well, since most of it lies where nothing is
    /// found.
    /// </summary>
    public const double MostNoise = 0.05;

    /// <summary>Pictures on which layers, and outputs where no truth is known, are compared.</summary>
    private const int ComparedPictures = 8, SensitivityPictures = 2;

    /// <summary>Rows that people are shown.</summary>
    private const int Shown = 20;

    public required string Path { get; init; }

    public required string Output { get; init; }

    public required OnnxReadOptions Open { get; init; }

    /// <summary>The pictures that show what the network will see; told to whom what cannot be read is to be said.</summary>
    public required Func<Graph, Action<string>, CalibrationSet> Calibration { get; init; }

    public required QuantizationOptions Options { get; init; }

    /// <summary>The float model as it is evaluated.</summary>
    public required ModelOptions Model { get; init; }

    public required InferenceOptions Inference { get; init; }

    /// <summary>With known truth; null: the outputs are compared.</summary>
    public EvaluationData? Data { get; init; }

    /// <summary>What the float network is worth already, and how another one is measured; goes before <see cref="Data"/>.</summary>
    public KnownScore? Known { get; init; }

    public required double MaxDrop { get; init; }

    public required bool Force { get; init; }

    public required bool Sensitivity { get; init; }

    public required bool Json { get; init; }

    /// <returns>The exit code.</returns>
    public int Execute(CancellationToken cancellation)
    {
        RequireOutput();
        Complaints complaints = new();
        Graph graph = OnnxModel.Read(Path, Open);
        CalibrationSet pictures = Calibration(graph, complaints.Add);
        Quantizer quantizer;
        using (Progress progress = new("calibration", pictures.Count * Quantizer.Passes(Options)))
            quantizer = Quantizer.Calibrate(graph, pictures, Options, progress.Until(cancellation));
        using QuantizationGate gate = Known is not null ? QuantizationGate.ByScore(Known, cancellation)
            : Data is null ? QuantizationGate.ByOutputs(quantizer, pictures.First(ComparedPictures), cancellation)
            : QuantizationGate.ByTruth(Model, Inference, Data, cancellation);

        IReadOnlyList<LayerSensitivity>? layers = null;
        LimitedNetwork network = DropLimit.Meet(quantizer, gate.Drop, MaxDrop, Sensitivities, Tell);
        if (Sensitivity) Sensitivities();
        if (layers is not null && !Json) Print(layers, network.Precisions);
        bool refused = network.Drop > MaxDrop && !Force;
        if (!refused) Write(network.Network.Graph);
        Report(network, gate, refused);
        return refused ? 1 : complaints.ExitCode;

        IReadOnlyList<LayerSensitivity> Sensitivities()
        {
            if (layers is not null) return layers;
            using Progress progress = new("layers", quantizer.Layers.Count);
            return layers = SensitivityAnalysis.Of(quantizer, pictures.First(SensitivityPictures), progress.Until(cancellation));
        }

        void Tell(LimitedNetwork tried)
        {
            if (tried.Drop <= MaxDrop) return;
            Complaints.Note([string.Create(
                CultureInfo.InvariantCulture,
                $"With {tried.Network.IntegerLayers} layers in 8 bits the network loses {tried.Drop:0.0000} ({gate.What}).")]);
        }
    }

    /// <summary>What cannot be written is better said before the work than after it.</summary>
    private void RequireOutput()
    {
        string whole = System.IO.Path.GetFullPath(Output), folder = System.IO.Path.GetDirectoryName(whole) ?? whole;
        if (whole == System.IO.Path.GetFullPath(Path))
            throw new EdgeException($"'{Output}' is the model itself; give the quantised one a name of its own.");
        if (!Directory.Exists(folder)) throw new EdgeException($"'{Output}' cannot be written: there is no folder '{folder}'.");
    }

    /// <summary>The network, and the model card where there is one.</summary>
    private void Write(Graph graph)
    {
        OnnxModel.Write(graph, Output);
        if (ModelCard.Beside(Path) is not { } card) return;
        // Labels have been read, and their file need not be reachable from where the new card lies.
        (card with { LabelsFile = null }).Save(System.IO.Path.ChangeExtension(Output, ".card.json"));
    }

    private void Report(LimitedNetwork network, QuantizationGate gate, bool refused)
    {
        QuantizedNetwork quantized = network.Network;
        if (Json)
        {
            QuantizationResult result = new(refused ? null : Output, quantized.IntegerLayers, quantized.FloatLayers, network.Drop);
            Console.Out.WriteLine(JsonSerializer.Serialize(result, Documents.Json.QuantizationResult));
        }
        else if (!refused)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Output}: {quantized.IntegerLayers} layers in 8 bits ({quantized.IntegerShare:0.0 %} of the multiply-adds), "
                + $"{quantized.FloatLayers} not"));
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"lost: {network.Drop:0.0000} ({gate.What})"));
        }
        if (refused)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"edgecnn: '{Output}' is not written: the network would lose {network.Drop:0.0000} ({gate.What}) where {MaxDrop} is allowed; "
                + $"give more or better calibration pictures, a larger --max-drop, or --force."));
        }
    }

    private static void Print(IReadOnlyList<LayerSensitivity> layers, IReadOnlyDictionary<string, LayerPrecision> precisions)
    {
        TextTable table = new(">alone dB", ">together dB", ">MAC %", "computed in", "layer");
        foreach (LayerSensitivity layer in layers.OrderBy(layer => layer.AloneDecibels).Take(Shown))
        {
            table.Add(
                Decibels(layer.AloneDecibels),
                Decibels(layer.AccumulatedDecibels),
                (100 * layer.Share).ToString("0.0", CultureInfo.InvariantCulture),
                precisions.GetValueOrDefault(layer.Layer) switch
                {
                    LayerPrecision.Int8 => "8 bits",
                    LayerPrecision.Int8Full => "8 bits, finest weights",
                    LayerPrecision.Int16 => "16 bits",
                    _ => "float",
                },
                layer.Layer);
        }
        table.Write(Console.Out);
        if (layers.Count > Shown)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"... and {layers.Count - Shown} layers that cost less"));
        Console.Out.WriteLine();
    }

    private static string Decibels(double value) => double.IsFinite(value) ? value.ToString("0.0", CultureInfo.InvariantCulture) : "-";
}
