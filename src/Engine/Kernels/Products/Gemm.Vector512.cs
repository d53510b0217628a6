using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace EdgeCnn.Engine.Kernels.Products;

internal static unsafe partial class Gemm
{
    /// <summary>
    /// 6 x 16 sums in six registers of sixteen lanes: half the instructions of <see cref="Tile256{TRows}"/> for the same sums; and narrower
    /// tiles by masks.
    /// </summary>
    private static void Tile512(
        float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int rows, int columns)
    {
        switch (rows)
        {
            case 1: Tile512<Count1>(a, taps, offset, depth, panel, bias, c, stride, columns); break;
            case 2: Tile512<Count2>(a, taps, offset, depth, panel, bias, c, stride, columns); break;
            case 3: Tile512<Count3>(a, taps, offset, depth, panel, bias, c, stride, columns); break;
            case 4: Tile512<Count4>(a, taps, offset, depth, panel, bias, c, stride, columns); break;
            case 5: Tile512<Count5>(a, taps, offset, depth, panel, bias, c, stride, columns); break;
            default: Tile512<Count6>(a, taps, offset, depth, panel, bias, c, stride, columns); break;
        }
    }

    private static void Tile512<TRows>(
        float** a, int taps, nint offset, nint depth, float* panel, float* bias, float* c, nint stride, int columns)
        where TRows : struct, ICount
    {
        Vector512<float> mask = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(columns)).AsSingle();
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default;
        if (bias != null)
        {
            c0 = c1 = c2 = c3 = c4 = c5 = Vector512.Load(bias);
        }
        else
        {
            c0 = Avx512F.MaskLoad(c, mask, Vector512<float>.Zero);
            if (TRows.Count > 1) c1 = Avx512F.MaskLoad(c + 1 * stride, mask, Vector512<float>.Zero);
            if (TRows.Count > 2) c2 = Avx512F.MaskLoad(c + 2 * stride, mask, Vector512<float>.Zero);
            if (TRows.Count > 3) c3 = Avx512F.MaskLoad(c + 3 * stride, mask, Vector512<float>.Zero);
            if (TRows.Count > 4) c4 = Avx512F.MaskLoad(c + 4 * stride, mask, Vector512<float>.Zero);
            if (TRows.Count > 5) c5 = Avx512F.MaskLoad(c + 5 * stride, mask, Vector512<float>.Zero);
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
                Vector512<float> b = Vector512.Load(panel);
                c0 = Vector512.FusedMultiplyAdd(Vector512.Create(a0[k]), b, c0);
                if (TRows.Count > 1) c1 = Vector512.FusedMultiplyAdd(Vector512.Create(a1[k]), b, c1);
                if (TRows.Count > 2) c2 = Vector512.FusedMultiplyAdd(Vector512.Create(a2[k]), b, c2);
                if (TRows.Count > 3) c3 = Vector512.FusedMultiplyAdd(Vector512.Create(a3[k]), b, c3);
                if (TRows.Count > 4) c4 = Vector512.FusedMultiplyAdd(Vector512.Create(a4[k]), b, c4);
                if (TRows.Count > 5) c5 = Vector512.FusedMultiplyAdd(Vector512.Create(a5[k]), b, c5);
            }
        }
        if (columns == 16)
        {
            c0.Store(c);
            if (TRows.Count > 1) c1.Store(c + 1 * stride);
            if (TRows.Count > 2) c2.Store(c + 2 * stride);
            if (TRows.Count > 3) c3.Store(c + 3 * stride);
            if (TRows.Count > 4) c4.Store(c + 4 * stride);
            if (TRows.Count > 5) c5.Store(c + 5 * stride);
            return;
        }
        Avx512F.MaskStore(c, mask, c0);
        if (TRows.Count > 1) Avx512F.MaskStore(c + 1 * stride, mask, c1);
        if (TRows.Count > 2) Avx512F.MaskStore(c + 2 * stride, mask, c2);
        if (TRows.Count > 3) Avx512F.MaskStore(c + 3 * stride, mask, c3);
        if (TRows.Count > 4) Avx512F.MaskStore(c + 4 * stride, mask, c4);
        if (TRows.Count > 5) Avx512F.MaskStore(c + 5 * stride, mask, c5);
    }
}
