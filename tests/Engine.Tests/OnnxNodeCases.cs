using System.Diagnostics;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;
using Google.Protobuf;

namespace EdgeCnn.Engine.Tests;

/// <summary>
/// ONNX's own test cases of single operators, each a folder with a model, its inputs and its outputs. They are made once, into artifacts,
/// from the machine's onnx package by eng/golden/onnx_node_cases.py.
/// </summary>
internal static class OnnxNodeCases
{
    private const string Package = "/usr/lib/python3/dist-packages/onnx";

    private static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "onnx-node-cases");

    public static string? WhyAbsent => Directory.Exists(Folder) || Directory.Exists(Package) ? null : "needs the package python3-onnx";

    /// <summary>The folders of all cases, made if they are not there yet.</summary>
    public static string[] All()
    {
        if (!Directory.Exists(Folder)) Make();
        string[] cases = Directory.GetDirectories(Folder);
        Array.Sort(cases, StringComparer.Ordinal);
        return cases;
    }

    /// <summary>
    /// Runs a case as it is; where the model is refused because inputs decide shapes, with all inputs but the first as constants, or with
    /// all of them.
    /// </summary>
    /// <returns>What is wrong, or null when every output is as expected.</returns>
    public static string? Run(string folder)
    {
        TensorProto[] inputs = Tensors(folder, "input"), outputs = Tensors(folder, "output");
        string? refused = null;
        foreach (int variable in (int[])[inputs.Length, Math.Min(1, inputs.Length), 0])
        {
            ModelProto model = Prepare(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
            if (outputs.Length < model.Graph.Output.Count) return "an output is no tensor";
            foreach (TensorProto constant in inputs.Skip(variable)) model.Graph.Initializer.Add(constant);
            try
            {
                return Compare(model, inputs[..variable], outputs);
            }
            catch (ModelException e)
            {
                refused ??= e.Message;
            }
        }
        return refused;
    }

    /// <summary>
    /// The file's model with two liberties: operators that are the same since before operator set 7 claim 7, and a LayerNormalization makes
    /// only the output that networks use.
    /// </summary>
    private static ModelProto Prepare(byte[] file)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(file);
        foreach (OperatorSetIdProto opset in model.OpsetImport.Where(opset => opset.Domain.Length == 0))
            opset.Version = Math.Max(opset.Version, 7);
        if (model.Graph.Node is [{ OpType: "LayerNormalization", Output.Count: 3 } node])
        {
            while (node.Output.Count > 1) node.Output.RemoveAt(1);
            while (model.Graph.Output.Count > 1) model.Graph.Output.RemoveAt(1);
        }
        return model;
    }

    private static string? Compare(ModelProto model, TensorProto[] inputs, TensorProto[] outputs)
    {
        TensorReader reader = new(new ExternalData(null));
        Tensor[] tensors = [.. inputs.Select(reader.Read)];
        OnnxReadOptions options =
            new() { InputShapes = inputs.Zip(tensors).ToDictionary(pair => pair.First.Name, pair => pair.Second.Shape) };
        using MemoryStream file = new(model.ToByteArray());
        using Network network = Network.Load(OnnxModel.Read(file, null, options), new EngineOptions(Threads: 1));
        for (int i = 0; i < inputs.Length; i++)
        {
            int index = network.Inputs.ToList().FindIndex(input => input.Name == inputs[i].Name);
            if (index >= 0) Bytes(network, index, tensors[i].Type, input: true, tensors[i].Bytes);
        }
        network.Run();
        for (int i = 0; i < network.Outputs.Count; i++)
        {
            Tensor expected = reader.Read(outputs[i]);
            NamedValue output = network.Outputs[i];
            if (!expected.Shape.Equals(output.Shape) || expected.Type != output.Type)
                return $"output {output.Name} is {output.Type} {output.Shape}, not {expected.Info}";
            Tensor actual = Tensor.Zeros(output.Type, output.Shape);
            Bytes(network, i, output.Type, input: false, actual.Bytes);
            if (Difference(expected, actual) is { } difference) return difference;
        }
        return null;
    }

    /// <summary>numpy.testing.assert_allclose as ONNX uses it: relative 1e-3, absolute 1e-7; integers exactly.</summary>
    private static string? Difference(Tensor expected, Tensor actual)
    {
        for (int i = 0; i < expected.Shape.Count; i++)
        {
            (double e, double a) = (Kernels.Values.At(expected, i), Kernels.Values.At(actual, i));
            double allowed = expected.Type.IsFloat() ? 1e-7 + 1e-3 * Math.Abs(e) : 0;
            if (!e.Equals(a) && !(Math.Abs(e - a) <= allowed)) return $"element {i} of {expected.Shape} is {a}, not {e}";
        }
        return null;
    }

    private static void Bytes(Network network, int index, ElementType type, bool input, Span<byte> bytes)
    {
        switch (type)
        {
            case ElementType.Float32: Copy<float>(bytes); break;
            case ElementType.Float64: Copy<double>(bytes); break;
            case ElementType.Float16: Copy<Half>(bytes); break;
            case ElementType.Int8: Copy<sbyte>(bytes); break;
            case ElementType.UInt8: Copy<byte>(bytes); break;
            case ElementType.Int16: Copy<short>(bytes); break;
            case ElementType.UInt16: Copy<ushort>(bytes); break;
            case ElementType.Int32: Copy<int>(bytes); break;
            case ElementType.UInt32: Copy<uint>(bytes); break;
            case ElementType.Int64: Copy<long>(bytes); break;
            case ElementType.UInt64: Copy<ulong>(bytes); break;
            default: Copy<bool>(bytes); break;
        }

        void Copy<T>(Span<byte> to) where T : unmanaged
        {
            Span<T> elements = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(to);
            if (input) elements.CopyTo(network.Input<T>(index));
            else network.Output<T>(index).CopyTo(elements);
        }
    }

    private static TensorProto[] Tensors(string folder, string kind) =>
    [
        .. Enumerable.Range(0, 64).Select(i => Path.Combine(folder, $"{kind}_{i}.pb")).TakeWhile(File.Exists)
            .Select(path => TensorProto.Parser.ParseFrom(File.ReadAllBytes(path))),
    ];

    private static void Make()
    {
        string script = Path.Combine(Repository.Root, "eng", "golden", "onnx_node_cases.py");
        // Debian's own Python, which sees Debian's packages; another one may come first in the path.
        using Process python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, Folder]) { RedirectStandardError = true })!;
        string errors = python.StandardError.ReadToEnd();
        python.WaitForExit();
        if (python.ExitCode != 0) throw new InvalidOperationException($"{script} failed: {errors}");
    }
}

/// <summary>A fact that is skipped, with the reason, where ONNX's test cases are neither there nor can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnnxNodeCasesFactAttribute : FactAttribute
{
    public OnnxNodeCasesFactAttribute() => Skip = OnnxNodeCases.WhyAbsent;
}
