using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeCnn.Engine;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.Arm64;

/// <summary>One network with inputs that every processor makes alike.</summary>
internal static partial class NetworkRun
{
    /// <summary>Prints the SHA-256 of all outputs of each model, which no processor and no number of threads may change.</summary>
    public static int Digest(string[] paths)
    {
        foreach (string path in paths)
        {
            using Network network = Load(path, threads: 2);
            network.Run();
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int i = 0; i < network.Outputs.Count; i++) hash.AppendData(network.OutputBytes(i));
            Console.WriteLine($"{Path.GetFileNameWithoutExtension(path)} {Convert.ToHexString(hash.GetHashAndReset())}");
        }
        return 0;
    }

    /// <summary>
    /// Runs between the marks that the emulator's counting plugin looks for, and prints the multiply-adds of the run. The second run
    /// counts: the first compiles the kernels.
    /// </summary>
    public static int Count(string path)
    {
        using Network network = Load(path, threads: 1, profiles: true);
        network.Run();
        _ = Close(StartCounting);
        network.Run();
        _ = Close(StopCounting);
        Console.WriteLine(network.Profile().Sum(step => step.MultiplyAdds));
        return 0;
    }

    // The plugin watches the system call close() for descriptors that do not exist.
    private const int StartCounting = -7771, StopCounting = -7772;

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    private static Network Load(string path, int threads, bool profiles = false)
    {
        Network network = Network.Load(OnnxModel.Read(path), new EngineOptions(threads, Profile: profiles));
        Random random = new(5);
        for (int i = 0; i < network.Inputs.Count; i++)
        {
            foreach (ref float value in network.Input<float>(i)) value = random.NextSingle();
        }
        return network;
    }
}
