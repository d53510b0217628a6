using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Products;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// 6 x 16 sums in twelve registers of eight lanes; two registers of B and a broadcast of A make fifteen of the sixteen that AVX2 has.
    /// </summary>
    private static void Tile256(float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows)
    {
        switch (rows)
        {
            case 1: Tile256<Count1>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 2: Tile256<Count2>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 3: Tile256<Count3>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 4: Tile256<Count4>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 5: Tile256<Count5>(a, taps, offset, depth, panel, bias, c, stride); break;
            default: Tile256<Count6>(a, taps, offset, depth, panel, bias, c, stride); break;
        }
    }

    private static void Tile256<TRows>(float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride)
        where TRows : struct, ICount
    {
        Vector256<float> c00 = default, c01 = default;
        Vector256<float> c10 = default, c11 = default;
        Vector256<float> c20 = default, c21 = default;
        Vector256<float> c30 = default, c31 = default;
        Vector256<float> c40 = default, c41 = default;
        Vector256<float> c50 = default, c51 = default;
        if (bias != null)
        {
            c00 = c10 = c20 = c30 = c40 = c50 = Vector256.Load(bias);
            c01 = c11 = c21 = c31 = c41 = c51 = Vector256.Load(bias + 8);
        }
        else
        {
            (c00, c01) = (Vector256.Load(c + 0 * stride), Vector256.Load(c + 0 * stride + 8));
            if (TRows.Count > 1) (c10, c11) = (Vector256.Load(c + 1 * stride), Vector256.Load(c + 1 * stride + 8));
            if (TRows.Count > 2) (c20, c21) = (Vector256.Load(c + 2 * stride), Vector256.Load(c + 2 * stride + 8));
            if (TRows.Count > 3) (c30, c31) = (Vector256.Load(c + 3 * stride), Vector256.Load(c + 3 * stride + 8));
            if (TRows.Count > 4) (c40, c41) = (Vector256.Load(c + 4 * stride), Vector256.Load(c + 4 * stride + 8));
            if (TRows.Count > 5) (c50, c51) = (Vector256.Load(c + 5 * stride), Vector256.Load(c + 5 * stride + 8));
        }
        for (int tap = 0; tap < taps; tap++, a += 6)
        {
            float* a0 = a[0] + offset;
            float* a1 = TRows.Count > 1 ? a[1] + offset : null;
            float* a2 = TRows.Count > 2 ? a[2] + offset : null;
            float* a3 = TRows.Count > 3 ? a[3] + offset : null;
            float* a4 = TRows.Count > 4 ? a[4] + offset : null;
            float* a5 = TRows.Count > 5 ? a[5] + offset : null;
            for (nint k = 0; k < depth; k++, panel += 16)
            {
                Vector256<float> b0 = Vector256.Load(panel), b1 = Vector256.Load(panel + 8);
                {
                    Vector256<float> x = Vector256.Create(a0[k]);
                    c00 = Vector256.FusedMultiplyAdd(x, b0, c00);
                    c01 = Vector256.FusedMultiplyAdd(x, b1, c01);
                }
                if (TRows.Count > 1)
                {
                    Vector256<float> x = Vector256.Create(a1[k]);
                    c10 = Vector256.FusedMultiplyAdd(x, b0, c10);
                    c11 = Vector256.FusedMultiplyAdd(x, b1, c11);
                }
                if (TRows.Count > 2)
                {
                    Vector256<float> x = Vector256.Create(a2[k]);
                    c20 = Vector256.FusedMultiplyAdd(x, b0, c20);
                    c21 = Vector256.FusedMultiplyAdd(x, b1, c21);
                }
                if (TRows.Count > 3)
                {
                    Vector256<float> x = Vector256.Create(a3[k]);
                    c30 = Vector256.FusedMultiplyAdd(x, b0, c30);
                    c31 = Vector256.FusedMultiplyAdd(x, b1, c31);
                }
                if (TRows.Count > 4)
                {
                    Vector256<float> x = Vector256.Create(a4[k]);
                    c40 = Vector256.FusedMultiplyAdd(x, b0, c40);
                    c41 = Vector256.FusedMultiplyAdd(x, b1, c41);
                }
                if (TRows.Count > 5)
                {
                    Vector256<float> x = Vector256.Create(a5[k]);
                    c50 = Vector256.FusedMultiplyAdd(x, b0, c50);
                    c51 = Vector256.FusedMultiplyAdd(x, b1, c51);
                }
            }
        }
        Store(c + 0 * stride, c00, c01);
        if (TRows.Count > 1) Store(c + 1 * stride, c10, c11);
        if (TRows.Count > 2) Store(c + 2 * stride, c20, c21);
        if (TRows.Count > 3) Store(c + 3 * stride, c30, c31);
        if (TRows.Count > 4) Store(c + 4 * stride, c40, c41);
        if (TRows.Count > 5) Store(c + 5 * stride, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, Vector256<float> low, Vector256<float> high)
    {
        low.Store(c);
        high.Store(c + 8);
    }
}
