using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeCnn.Engine.Kernels.Products;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// 6 x 8 sums in twelve registers of four lanes; with two of B and a broadcast of A they fit the sixteen of SSE, and NEON has room to
    /// spare.
    /// </summary>
    private static void Tile128(float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows)
    {
        switch (rows)
        {
            case 1: Tile128<Count1>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 2: Tile128<Count2>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 3: Tile128<Count3>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 4: Tile128<Count4>(a, taps, offset, depth, panel, bias, c, stride); break;
            case 5: Tile128<Count5>(a, taps, offset, depth, panel, bias, c, stride); break;
            default: Tile128<Count6>(a, taps, offset, depth, panel, bias, c, stride); break;
        }
    }

    private static void Tile128<TRows>(float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride)
        where TRows : struct, ICount
    {
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
        Vector128<float> c40 = default, c41 = default;
        Vector128<float> c50 = default, c51 = default;
        if (bias != null)
        {
            c00 = c10 = c20 = c30 = c40 = c50 = Vector128.Load(bias);
            c01 = c11 = c21 = c31 = c41 = c51 = Vector128.Load(bias + 4);
        }
        else
        {
            (c00, c01) = (Vector128.Load(c + 0 * stride), Vector128.Load(c + 0 * stride + 4));
            if (TRows.Count > 1) (c10, c11) = (Vector128.Load(c + 1 * stride), Vector128.Load(c + 1 * stride + 4));
            if (TRows.Count > 2) (c20, c21) = (Vector128.Load(c + 2 * stride), Vector128.Load(c + 2 * stride + 4));
            if (TRows.Count > 3) (c30, c31) = (Vector128.Load(c + 3 * stride), Vector128.Load(c + 3 * stride + 4));
            if (TRows.Count > 4) (c40, c41) = (Vector128.Load(c + 4 * stride), Vector128.Load(c + 4 * stride + 4));
            if (TRows.Count > 5) (c50, c51) = (Vector128.Load(c + 5 * stride), Vector128.Load(c + 5 * stride + 4));
        }
        for (int tap = 0; tap < taps; tap++, a += 6)
        {
            float* a0 = a[0] + offset;
            float* a1 = TRows.Count > 1 ? a[1] + offset : null;
            float* a2 = TRows.Count > 2 ? a[2] + offset : null;
            float* a3 = TRows.Count > 3 ? a[3] + offset : null;
            float* a4 = TRows.Count > 4 ? a[4] + offset : null;
            float* a5 = TRows.Count > 5 ? a[5] + offset : null;
            for (nint k = 0; k < depth; k++, panel += 8)
            {
                Vector128<float> b0 = Vector128.Load(panel), b1 = Vector128.Load(panel + 4);
                {
                    Vector128<float> x = Vector128.Create(a0[k]);
                    c00 = Vector128.FusedMultiplyAdd(x, b0, c00);
                    c01 = Vector128.FusedMultiplyAdd(x, b1, c01);
                }
                if (TRows.Count > 1)
                {
                    Vector128<float> x = Vector128.Create(a1[k]);
                    c10 = Vector128.FusedMultiplyAdd(x, b0, c10);
                    c11 = Vector128.FusedMultiplyAdd(x, b1, c11);
                }
                if (TRows.Count > 2)
                {
                    Vector128<float> x = Vector128.Create(a2[k]);
                    c20 = Vector128.FusedMultiplyAdd(x, b0, c20);
                    c21 = Vector128.FusedMultiplyAdd(x, b1, c21);
                }
                if (TRows.Count > 3)
                {
                    Vector128<float> x = Vector128.Create(a3[k]);
                    c30 = Vector128.FusedMultiplyAdd(x, b0, c30);
                    c31 = Vector128.FusedMultiplyAdd(x, b1, c31);
                }
                if (TRows.Count > 4)
                {
                    Vector128<float> x = Vector128.Create(a4[k]);
                    c40 = Vector128.FusedMultiplyAdd(x, b0, c40);
                    c41 = Vector128.FusedMultiplyAdd(x, b1, c41);
                }
                if (TRows.Count > 5)
                {
                    Vector128<float> x = Vector128.Create(a5[k]);
                    c50 = Vector128.FusedMultiplyAdd(x, b0, c50);
                    c51 = Vector128.FusedMultiplyAdd(x, b1, c51);
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
    private static void Store(float* c, Vector128<float> low, Vector128<float> high)
    {
        low.Store(c);
        high.Store(c + 4);
    }
}
