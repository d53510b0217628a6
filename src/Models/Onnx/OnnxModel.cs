using System.Collections.Immutable;
using Google.Protobuf;

namespace EdgeCnn.Models.Onnx;

/// <summary>What a file holds, as far as it is supported.</summary>
/// <param name="Graph">The model; without the unsupported nodes and all that depends on them.</param>
/// <param name="Unsupported">What stands in the way of running it; empty when nothing does.</param>
/// <param name="Assumptions">What the reader took for granted, one sentence each.</param>
public sealed record OnnxInspection(Graph Graph, ImmutableArray<UnsupportedOperator> Unsupported, ImmutableArray<string> Assumptions);

/// <summary>
/// ONNX files, in and out. Read are IR versions from 3 on and ONNX's own operator sets 7 to 21; newer ones are read as 21, which changed
/// little for the operators that are known here, and the assumption is reported.
/// </summary>
public static class OnnxModel
{
    public const int OldestOpset = 7, NewestOpset = 21;

    private const int OldestIrVersion = 3;

    /// <exception cref="ModelException">The file is missing, damaged or not supported.</exception>
    /// <exception cref="UnsupportedOperatorsException">The model uses operators that are not supported; lists them all.</exception>
    public static Graph Read(string path, OnnxReadOptions? options = null) => Complete(Inspect(path, options));

    /// <param name="file">The model's bytes.</param>
    /// <param name="folder">Where its external data may lie; null: nowhere.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <exception cref="ModelException">The model is damaged or not supported.</exception>
    /// <exception cref="UnsupportedOperatorsException">The model uses operators that are not supported; lists them all.</exception>
    public static Graph Read(Stream file, string? folder = null, OnnxReadOptions? options = null) =>
        Complete(Inspect(file, folder, options));

    /// <summary>Like <see cref="Read(string, OnnxReadOptions?)"/>, but unsupported operators are reported, not thrown.</summary>
    public static OnnxInspection Inspect(string path, OnnxReadOptions? options = null)
    {
        try
        {
            if (Directory.Exists(path)) throw new ModelException($"The model '{path}' is a folder; give the .onnx file in it.");
            using FileStream file = File.OpenRead(path);
            if (file.Length == 0) throw new ModelException($"The model '{path}' is empty.");
            return Inspect(file, Path.GetDirectoryName(Path.GetFullPath(path)), options);
        }
        catch (ModelException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new ModelException($"{path}: {e.Message}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelException($"The model '{path}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The model '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Like <see cref="Read(Stream, string?, OnnxReadOptions?)"/>, but unsupported operators are reported, not thrown.</summary>
    public static OnnxInspection Inspect(Stream file, string? folder = null, OnnxReadOptions? options = null)
    {
        ModelProto model;
        RawWeights weights;
        try
        {
            (model, weights) = RawWeights.LeaveOut(file);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelException($"The file is no ONNX model, or it is damaged: {e.Message}", e);
        }
        List<string> assumptions = [];
        int opset = CheckVersions(model, assumptions);
        Dictionary<string, string> metadata = [];
        foreach (StringStringEntryProto entry in model.MetadataProps) metadata[entry.Key] = entry.Value;
        GraphImport import = new(
            model, (options ?? OnnxReadOptions.Default).Over(metadata), new TensorReader(new ExternalData(folder), weights));
        import.Run();
        foreach ((string key, string value) in metadata) import.Builder.Metadata[key] = value;
        import.Builder.Opset = opset;
        Graph graph = Simplification.Apply(import.Builder.Build(), import.Outputs, import.Dangling);
        return new OnnxInspection(graph, [.. import.Unsupported], [.. assumptions]);
    }

    /// <summary>
    /// Writes a graph as standard ONNX, operator set 17 (21 where an operator needs it), with its constants in the file. The file appears
    /// whole or not at all.
    /// </summary>
    /// <exception cref="ModelException">The graph does not fit into one file, or the file cannot be written.</exception>
    public static void Write(Graph graph, string path)
    {
        try
        {
            WholeFile.Write(path, file => Write(graph, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"The model cannot be written to '{path}': {e.Message}", e);
        }
    }

    /// <summary>Writes a graph as in <see cref="Write(Graph, string)"/>.</summary>
    /// <exception cref="ModelException">The graph does not fit into one file.</exception>
    public static void Write(Graph graph, Stream file)
    {
        // The format's messages end at 2 GiB; what is not constants takes far less than the rest.
        long bytes = graph.Constants.Values.Sum(constant => (long)constant.Bytes.Length);
        if (bytes > int.MaxValue - (64L << 20))
            throw new ModelException($"The model's constants of {bytes >> 20} MiB do not fit into one ONNX file of 2 GiB.");
        GraphExport.Model(graph).WriteTo(file);
    }

    private static Graph Complete(OnnxInspection inspection) => inspection.Unsupported.IsEmpty
        ? inspection.Graph
        : throw new UnsupportedOperatorsException(inspection.Unsupported);

    private static int CheckVersions(ModelProto model, List<string> assumptions)
    {
        if (model.Graph is null) throw new ModelException("The file is no ONNX model: it has no graph.");
        if (model.IrVersion < OldestIrVersion)
            throw new ModelException(
                $"The model has IR version {model.IrVersion}; {OldestIrVersion} or newer is read. Convert it (onnx.version_converter).");
        OperatorSetIdProto? set = model.OpsetImport.LastOrDefault(set => set.Domain is "" or "ai.onnx");
        if (set is null) throw new ModelException("The model does not say which ONNX operator set it uses.");
        if (set.Version < OldestOpset)
        {
            throw new ModelException(
                $"It uses operator set {set.Version}; {OldestOpset} to {NewestOpset} are read. Convert it (onnx.version_converter).");
        }
        if (set.Version > NewestOpset)
            assumptions.Add($"The model uses operator set {set.Version}; it was read as {NewestOpset}, the newest that is known here.");
        return (int)Math.Min(set.Version, int.MaxValue);
    }
}
