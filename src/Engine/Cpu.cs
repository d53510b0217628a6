using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine;

/// <summary>
/// What this processor offers, as the runtime reports it: the only place that asks. Every kernel gives the same bits whatever is chosen here.
/// The runtime's own switches (DOTNET_EnableAVX512F=0, DOTNET_EnableAVX2=0, DOTNET_EnableHWIntrinsic=0 ...) turn features off.
/// </summary>
internal static class Cpu
{
    /// <summary>Fused multiply-add on 256-bit vectors, with integers of the same width.</summary>
    public static readonly bool HasAvx2 = Avx2.IsSupported && Fma.IsSupported;

    /// <summary>512-bit vectors; the runtime hides them where they would lower the clock.</summary>
    public static readonly bool HasAvx512 = Avx512F.IsSupported && Avx512BW.IsSupported && Vector512.IsHardwareAccelerated;

    /// <summary>64-bit ARM with Advanced SIMD.</summary>
    public static readonly bool HasNeon = AdvSimd.Arm64.IsSupported;

    /// <summary>128-bit vectors of any kind.</summary>
    public static readonly bool HasVector128 = Vector128.IsHardwareAccelerated;

    /// <summary>Floats in the vectors that element by element kernels use: 16, 8, 4, or 1 when there are none.</summary>
    public static readonly int Lanes = HasAvx512 ? 16 : HasAvx2 ? 8 : HasVector128 ? 4 : 1;

    /// <summary>The instruction set in words, for profiles and bug reports.</summary>
    public static readonly string Name = HasAvx512 ? "avx512" : HasAvx2 ? "avx2" : HasNeon ? "neon" : HasVector128 ? "vector128" : "scalar";
}
