using Google.Protobuf;

namespace EdgeCnn.Models.Onnx;

/// <summary>Makes visible what a model computes on its way.</summary>
public static class OnnxValues
{
    /// <summary>
    /// The bytes of a model file in which values inside are outputs too, after its own ones and in the order of the file; for whoever
    /// compares one back end with another, value by value. Names that no node of the file makes are left out.
    /// </summary>
    /// <exception cref="ModelException">The file is missing or damaged.</exception>
    public static byte[] AsOutputs(string path, IEnumerable<string> names)
    {
        HashSet<string> wanted = [.. names];
        try
        {
            ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            if (model.Graph is null) throw new ModelException($"{path} is no ONNX model: it has no graph.");
            wanted.ExceptWith(model.Graph.Output.Select(static output => output.Name));
            foreach (string name in model.Graph.Node.SelectMany(static node => node.Output).Where(wanted.Contains))
                model.Graph.Output.Add(new ValueInfoProto { Name = name });
            return model.ToByteArray();
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}
