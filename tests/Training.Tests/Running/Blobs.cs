using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Running;

/// <summary>Noisy pictures with a bright square in one of four corners, which is their class.</summary>
internal sealed class Blobs(int count, ulong seed) : IDataset
{
    public const int Side = 8;

    public TaskKind Task => TaskKind.Classify;

    public IReadOnlyList<string> Labels { get; } = ["top left", "top right", "bottom left", "bottom right"];

    public int Count => count;

    public Example Load(int index)
    {
        Random64 random = Random64.For(seed, 0, index);
        int corner = random.Below(4);
        Picture picture = new(Side, Side);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                bool bright = (x >= Side / 2) == (corner % 2 == 1) && (y >= Side / 2) == (corner >= 2);
                byte level = (byte)(random.Below(120) + (bright ? 60 : 0));
                picture.Pixels.AsSpan(3 * ((y * Side) + x), 3).Fill(level);
            }
        }
        return Example.OfClass(picture, corner);
    }

    public string NameOf(int index) => $"blob {index}";

    /// <summary>Convolution, batch normalisation, rectifier, scores: what a small classifier has.</summary>
    public static Graph Network(int channels = 6)
    {
        Random64 random = new(5);
        GraphBuilder builder = new("blobs");
        string value = builder.Input("picture", ElementType.Float32, new Shape(1, 1, Side, Side));
        value = builder.Add("conv", new Conv([2, 2], [1, 1, 1, 1], [1, 1], 1), value, Weights("conv.weight", 3, channels, 1, 3, 3));
        value = builder.Add(
            "norm", new BatchNormalization(1e-5f), value, PerChannel("scale", 1), PerChannel("shift", 0), PerChannel("mean", 0),
            PerChannel("variance", 1));
        value = builder.Add("relu", new Relu(), value);
        value = builder.Add("flat", new Reshape(new Shape(1, channels * 16)), value);
        value = builder.Add(
            "scores", new Gemm(1, 1, false, true), value, Weights("fc.weight", 10, 4, channels * 16), Weights("fc.bias", 100, 4));
        builder.Output(value);
        return builder.Build();

        string Weights(string name, double fan, params int[] extents)
        {
            Shape shape = new(extents);
            return builder.Constant(
                name, Tensor.Of(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)(random.Between(-1, 1) / fan))]));
        }

        string PerChannel(string name, float value) =>
            builder.Constant(name, Tensor.Of(new Shape(channels), [.. Enumerable.Repeat(value, channels)]));
    }
}
