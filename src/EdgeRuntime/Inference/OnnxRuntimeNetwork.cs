using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>A network that ONNX Runtime computes, in memory that is bound once: a run allocates nothing here.</summary>
internal sealed class OnnxRuntimeNetwork : INetwork
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OrtIoBinding _binding;
    private readonly BoundTensor[] _inputs;
    private readonly BoundTensor[] _outputs;
    private readonly List<IDisposable> _bound = [];
    private readonly string _path;

    private OnnxRuntimeNetwork(
        InferenceSession session, string path, OnnxReadOptions shapes, string backend, IReadOnlyList<string> fallbacks)
    {
        (_session, _path, Backend, Fallbacks) = (session, path, backend, fallbacks);
        Metadata = session.ModelMetadata.CustomMetadataMap;
        shapes = shapes.Over(Metadata);
        _binding = session.CreateIoBinding();
        _inputs = [];
        _outputs = [];
        try
        {
            _inputs = [.. session.InputNames.Select(name => new BoundTensor(InputOf(name, session.InputMetadata[name], shapes)))];
            foreach (BoundTensor input in _inputs) _binding.BindInput(input.Value.Name, Bind(input));
            _outputs = [.. OutputsOf(session).Select(static output => new BoundTensor(output))];
            foreach (BoundTensor output in _outputs) _binding.BindOutput(output.Value.Name, Bind(output));
            Inputs = [.. _inputs.Select(static input => input.Value)];
            Outputs = [.. _outputs.Select(static output => output.Value)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Backend { get; }

    public IReadOnlyList<string> Fallbacks { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyList<NamedValue> Inputs { get; } = [];

    public IReadOnlyList<NamedValue> Outputs { get; } = [];

    static OnnxRuntimeNetwork()
    {
        // Version 1.29 sends usage reports home unless told not to: a robot does not, and needs no database in ~/.cache and no log in /tmp
        // for it. (Its way of reading the process's arguments also overflows the stack when they are 40 kB long.)
        NativeEnvironment.SetDefault("ORT_DISABLE_TELEMETRY", "1");
        // Its warnings are about its own search for devices and its own rewriting of graphs; what fails is thrown anyway.
        var quiet = new EnvironmentCreationOptions { logId = "edgecnn", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _ = OrtEnv.CreateInstanceWithOptions(ref quiet);
    }

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The ONNX file, of which errors speak.</param>
    /// <param name="options">Threads, execution providers.</param>
    /// <param name="shapes">What becomes of the extents that the file leaves open.</param>
    /// <param name="fallbacks">Sentences to be said with it.</param>
    /// <param name="content">The model itself when it is not what the file holds; external data is looked for beside the file all the
    /// same.</param>
    /// <exception cref="EdgeException">The file is missing or no model, or ONNX Runtime cannot run it: says what it says.</exception>
    public static OnnxRuntimeNetwork Load(
        string path, InferenceOptions options, OnnxReadOptions shapes, IReadOnlyList<string> fallbacks, byte[]? content = null)
    {
        if (!File.Exists(path))
            throw new EdgeException(Directory.Exists(path) ? $"{path} is a folder, not a model." : $"There is no model {path}.");
        InferenceSession? session = null;
        try
        {
            using var settings = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
                IntraOpNumThreads = options.ThreadsInUse,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
            settings.AddSessionConfigEntry("session.inter_op.allow_spinning", options.Spinning ? "1" : "0");
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            if (content is not null) settings.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
            List<string> said = [.. fallbacks];
            IReadOnlyList<string> providers = OnnxRuntimeProviders.Append(settings, options.ExecutionProviders, said);
            session = content is null ? new InferenceSession(path, settings) : new InferenceSession(content, settings);
            string backend = $"onnxruntime ({string.Join(", ", providers.Append("CPU"))})";
            return new OnnxRuntimeNetwork(session, path, shapes, backend, said);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or ModelException)
        {
            session?.Dispose();
            throw new EdgeException($"ONNX Runtime cannot load {path}: {OnnxRuntimeProviders.FirstLine(exception.Message)}", exception);
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException)
        {
            throw new EdgeException(
                "ONNX Runtime's library does not load on this machine: install it, or set Inference:Backend to engine.", exception);
        }
    }

    public Span<float> Input(int index) => _inputs[index].Floats;

    public void Run()
    {
        foreach (BoundTensor input in _inputs) input.Store();
        try
        {
            _session.RunWithBinding(_run, _binding);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new EdgeException($"ONNX Runtime cannot run {_path}: {OnnxRuntimeProviders.FirstLine(exception.Message)}", exception);
        }
        foreach (BoundTensor output in _outputs) output.Load();
    }

    public ReadOnlySpan<float> Output(int index) => _outputs[index].Floats;

    public void Dispose()
    {
        _binding.Dispose();
        foreach (IDisposable bound in _bound) bound.Dispose();
        _session.Dispose();
        _run.Dispose();
        foreach (BoundTensor tensor in _inputs) tensor.Dispose();
        foreach (BoundTensor tensor in _outputs) tensor.Dispose();
    }

    private OrtValue Bind(BoundTensor tensor)
    {
        long[] shape = [.. tensor.Value.Shape.Select(static extent => (long)extent)];
        var value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, (TensorElementType)tensor.Value.Type, shape, tensor.Data, tensor.Bytes);
        _bound.Add(value);
        return value;
    }

    private static NamedValue InputOf(string name, NodeMetadata metadata, OnnxReadOptions shapes)
    {
        if (!metadata.IsTensor) throw new ModelException($"input {name} is no tensor.");
        ElementType type = TypeOf(name, metadata.ElementDataType);
        if (shapes.InputShapes.TryGetValue(name, out Shape? given)) return new(name, type, given);
        int[] extents = [.. metadata.Dimensions];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] < 1) extents[axis] = shapes.Open(axis, extents.Length) ?? throw new ModelException(
                $"the file leaves the shape of its input {name} open ({Describe(metadata.Dimensions)}): "
                + "give --size, or Model:InputWidth and Model:InputHeight.");
        }
        return new(name, type, new Shape(extents));

        static string Describe(int[] extents) => string.Join('x', extents.Select(static extent => extent > 0 ? $"{extent}" : "?"));
    }

    /// <summary>The outputs' shapes; where the file leaves them open, a first run over zeros shows them.</summary>
    private IEnumerable<NamedValue> OutputsOf(InferenceSession session)
    {
        NodeMetadata[] outputs = [.. session.OutputNames.Select(name => session.OutputMetadata[name])];
        if (outputs.All(static output => output.IsTensor && output.Dimensions.All(static extent => extent > 0)))
            return session.OutputNames.Zip(
                outputs, (name, output) => new NamedValue(name, TypeOf(name, output.ElementDataType), new Shape(output.Dimensions)));

        OrtValue[] inputs = [.. _bound.Cast<OrtValue>()];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(_run, session.InputNames, inputs, session.OutputNames);
        return [.. session.OutputNames.Zip(results, (name, result) =>
        {
            if (result.OnnxType != OnnxValueType.ONNX_TYPE_TENSOR) throw new ModelException($"output {name} is no tensor.");
            OrtTensorTypeAndShapeInfo info = result.GetTensorTypeAndShape();
            return new NamedValue(
                name, TypeOf(name, info.ElementDataType), new Shape([.. info.Shape.Select(static extent => checked((int)extent))]));
        })];
    }

    private static ElementType TypeOf(string name, TensorElementType type) => Enum.IsDefined((ElementType)type)
        ? (ElementType)type
        : throw new ModelException($"{name} holds {type} values, which are not supported.");
}
