using System.Text;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;
using OpenCvSharp;

namespace EdgeCnn.EndToEnd;

/// <summary>A folder of one test's own, with what it puts there.</summary>
internal sealed class Workspace : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("edgecnn-test-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public string Folder(string name) => Directory.CreateDirectory(this[name]).FullName;

    public string Text(string name, string content)
    {
        File.WriteAllText(this[name], content);
        return this[name];
    }

    public string Bytes(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <summary>A picture of one colour, 64 x 48 pixels.</summary>
    public string Picture(string name, byte red, byte green, byte blue)
    {
        using Mat picture = new(48, 64, MatType.CV_8UC3, new Scalar(blue, green, red));
        Cv2.ImWrite(this[name], picture);
        return this[name];
    }

    /// <summary>A classifier with the classes red, green and blue: the mean of each channel, as ImageNet's preprocessing leaves it.</summary>
    public string ColourModel(string name = "colour.onnx")
    {
        GraphBuilder builder = new("colour");
        string input = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 32, 32));
        string means = builder.Add("means", new GlobalAveragePool(), input);
        builder.Output(builder.Add("scores", new Reshape(new Shape(1, 3)), means));
        OnnxModel.Write(builder.Build(), this[name]);
        return this[name];
    }

    /// <summary>A model whose two nodes the engine does not know.</summary>
    public string StrangeModel(string name = "strange.onnx")
    {
        // One byte per character: what is not text stays as it is.
        string model = Encoding.Latin1.GetString(File.ReadAllBytes(ColourModel("plain.onnx")));
        return Bytes(name, Encoding.Latin1.GetBytes(model.Replace("GlobalAveragePool", "GlobalAverageFool").Replace("Reshape", "Reshope")));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
