using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Models.Tasks;

/// <summary>Moves of values between vectors that the portable vector types lack.</summary>
internal static class Vectors
{
    /// <summary>The first three columns of the matrix whose rows are given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<float> First, Vector128<float> Second, Vector128<float> Third) Transpose(
        Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (Sse.IsSupported)
        {
            Vector128<float> low = Sse.UnpackLow(a, b), high = Sse.UnpackLow(c, d);
            return (Sse.MoveLowToHigh(low, high), Sse.MoveHighToLow(high, low),
                Sse.MoveLowToHigh(Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d)));
        }
        if (AdvSimd.Arm64.IsSupported)
        {
            Vector128<double> low = AdvSimd.Arm64.ZipLow(a, b).AsDouble(), high = AdvSimd.Arm64.ZipLow(c, d).AsDouble();
            Vector128<double> rest = AdvSimd.Arm64.ZipHigh(a, b).AsDouble(), last = AdvSimd.Arm64.ZipHigh(c, d).AsDouble();
            return (AdvSimd.Arm64.ZipLow(low, high).AsSingle(), AdvSimd.Arm64.ZipHigh(low, high).AsSingle(),
                AdvSimd.Arm64.ZipLow(rest, last).AsSingle());
        }
        return (
            Vector128.Create(a[0], b[0], c[0], d[0]),
            Vector128.Create(a[1], b[1], c[1], d[1]),
            Vector128.Create(a[2], b[2], c[2], d[2]));
    }
}
