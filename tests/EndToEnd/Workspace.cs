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

    /// <summary>
    /// A classifier with the classes red, green and blue: the mean of each channel, as ImageNet's preprocessing leaves it.
    /// </summary>
    public string ColourModel(string name = "colour.onnx")
    {
        GraphBuilder builder = new("colour");
        string input = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 32, 32));
        string means = builder.Add("means", new GlobalAveragePool(), input);
        builder.Output(builder.Add("scores", new Reshape(new Shape(1, 3)), means));
        OnnxModel.Write(builder.Build(), this[name]);
        return this[name];
    }

    /// <summary>
    /// A convolution between 8-bit integers, as quantisers write it: QuantizeLinear and DequantizeLinear around float operators.
    /// </summary>
    public string QuantisedModel(string name = "quantised.onnx")
    {
        Random random = new(5);
        GraphBuilder builder = new("quantised");
        string fine = builder.Constant("fine", Tensor.Of(Shape.Scalar, [0.02f])), coarse = builder.Constant(
            "coarse", Tensor.Of(Shape.Scalar, [0.05f]));
        string zero = builder.Constant("zero", Tensor.Of(Shape.Scalar, [(byte)128]));
        string weights = builder.Constant(
            "weights", Tensor.Of(new Shape(8, 3, 3, 3), [.. Enumerable.Range(0, 216).Select(_ => (sbyte)random.Next(-127, 128))]));
        string picture = builder.Input("picture", ElementType.Float32, new Shape(1, 3, 32, 32));
        string levels = builder.Add("levels", new QuantizeLinear(0, ElementType.UInt8, true), picture, fine, zero);
        string data = builder.Add("data", new DequantizeLinear(0), levels, fine, zero);
        string kernel = builder.Add(
            "kernel", new DequantizeLinear(0), weights, builder.Constant("step", Tensor.Of(Shape.Scalar, [0.003f])));
        string sums = builder.Add("sums", new Conv([1, 1], [1, 1, 1, 1], [1, 1], 1), data, kernel);
        string activated = builder.Add("activated", new Silu(), sums);
        string stored = builder.Add("stored", new QuantizeLinear(0, ElementType.UInt8, true), activated, coarse, zero);
        string means = builder.Add("means", new GlobalAveragePool(), builder.Add("values", new DequantizeLinear(0), stored, coarse, zero));
        builder.Output(builder.Add("scores", new Reshape(new Shape(1, 8)), means));
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
