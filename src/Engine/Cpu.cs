using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>
/// What this processor offers, as the runtime reports it: the only place that asks. Every kernel gives the same bits whatever is chosen
/// here. The runtime's own switches (DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0, DOTNET_EnableHWIntrinsic=0 ...) turn features off.
/// </summary>
internal static class Cpu
{
    /// <summary>Fused multiply-add on 256-bit vectors, with integers of the same width.</summary>
    public static readonly bool HasAvx2 = Avx2.IsSupported && Fma.IsSupported;

    /// <summary>
    /// Sums of four products of bytes in 256-bit vectors. (Processors that have them only as a part of AVX-512 are not shown to .NET.)
    /// </summary>
    public static readonly bool HasVnni = HasAvx2 && AvxVnni.IsSupported;

    /// <summary>512-bit vectors; the runtime hides them where they would lower the clock.</summary>
    public static readonly bool HasAvx512 = HasAvx2 && Avx512F.IsSupported && Avx512BW.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>128-bit vectors of x86.</summary>
    public static readonly bool HasSse2 = Sse2.IsSupported && Vector128.IsHardwareAccelerated;

    /// <summary>Permutations of the bytes of 512-bit vectors.</summary>
    public static readonly bool HasAvx512Bytes = HasAvx512 && Avx512Vbmi.IsSupported;

    /// <summary>64-bit ARM with Advanced SIMD.</summary>
    public static readonly bool HasNeon = AdvSimd.Arm64.IsSupported;

    /// <summary>Sums of four products of 8-bit integers by one instruction of <see cref="HasNeon"/>.</summary>
    public static readonly bool HasDotProduct = HasNeon && Dp.IsSupported;

    /// <summary>
    /// How 8-bit activations are stored inside of a network: the multiply instructions of x86 take unsigned data beside signed weights,
    /// those of ARM take both signed. Only the zero point differs.
    /// </summary>
    public static readonly ElementType Int8Data = HasNeon ? ElementType.Int8 : ElementType.UInt8;

    /// <summary>128-bit vectors of any kind.</summary>
    public static readonly bool HasVector128 = Vector128.IsHardwareAccelerated;

    /// <summary>Floats in the vectors that element by element kernels use: 16, 8, 4, or 1 when there are none.</summary>
    public static readonly int Lanes = HasAvx512 ? 16 : HasAvx2 ? 8 : HasVector128 ? 4 : 1;

    /// <summary>The instruction set in words, for profiles and bug reports.</summary>
    public static readonly string Name = HasAvx512 ? "avx512" : HasAvx2 ? "avx2" : HasNeon ? "neon" : HasVector128 ? "vector128" : "scalar";

    /// <summary>Cores that the process may use, threads of the same core counted once.</summary>
    public static readonly int PhysicalCores = CountPhysicalCores();

    private static int CountPhysicalCores()
    {
        int logical = Environment.ProcessorCount;
        try
        {
            // Each file lists the logical processors of its core: "0,8" or "0-1"; cores are as many as different lists.
            int cores = Directory.EnumerateDirectories("/sys/devices/system/cpu", "cpu*")
                .Select(folder => Path.Combine(folder, "topology", "thread_siblings_list"))
                .Where(File.Exists)
                .Select(File.ReadAllText)
                .Distinct()
                .Count();
            return cores > 0 ? Math.Min(cores, logical) : logical;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return logical;
        }
    }
}
