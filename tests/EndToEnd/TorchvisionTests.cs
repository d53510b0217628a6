using System.Runtime.InteropServices;
using EdgeCnn.Engine;
using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>
/// Networks that Debian's torchvision exported, against torch's own output. They are large and take minutes to make, so the tests take them
/// from artifacts/torchvision, where eng/torchvision.sh puts them, and are skipped where that folder is absent.
/// </summary>
public sealed class TorchvisionTests
{
    private static readonly string Folder = Path.Join(Repository.Root, "artifacts", "torchvision");

    public static TheoryData<string> Networks =>
        ["alexnet", "vgg16", "googlenet", "inception_v3", "resnet18", "resnet18_bn", "resnet50", "mobilenet_v2", "lraspp_mobilenet_v3",
            "fcn_resnet50"];

    [ExportedTheory]
    [MemberData(nameof(Networks))]
    public void An_exported_network_computes_what_torch_computes(string name)
    {
        // The copy that keeps its BatchNormalization nodes has no reference of its own.
        string reference = name.Replace("_bn", "", StringComparison.Ordinal);
        float[] expected = Floats($"{reference}.ref.bin");
        using Network network = Network.Load(OnnxModel.Read(Path.Join(Folder, $"{name}.onnx")), new EngineOptions(2));
        Floats($"{reference}.in.bin").CopyTo(network.Input<float>(0));

        network.Run();

        ReadOnlySpan<float> actual = network.Output<float>(0);
        Assert.Equal(expected.Length, actual.Length);
        (double difference, double size) = (0, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(actual[i] - expected[i]));
            size = Math.Max(size, Math.Abs(expected[i]));
        }
        Assert.True(difference <= 1e-4 * size, $"{name}: the largest difference is {difference:G3} where the largest value is {size:G3}");
    }

    private static float[] Floats(string file) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Join(Folder, file))).ToArray();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ExportedTheoryAttribute : TheoryAttribute
    {
        public ExportedTheoryAttribute()
        {
            if (!Directory.Exists(Folder)) Skip = "needs the networks that eng/torchvision.sh exports, which takes minutes";
        }
    }
}
