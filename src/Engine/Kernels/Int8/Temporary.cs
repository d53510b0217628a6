using EdgeCnn.Models;
namespace EdgeCnn.Engine.Kernels.Int8;
internal sealed unsafe class Int8Windows(Int8Convolution c, Weights weights) : Step(c.Name, c.Residual is null ? [c.Data] : [c.Data, c.Residual], [c.Output])
{
    private readonly Weights _w = weights;
    public override string Kernel => "naive";
    public override int ScratchBytes => c.Geometry.Output[3] * 4 + 64;
    public override int Pieces => c.Geometry.Pixels;
    public override void Execute(int piece, byte* scratch)
    {
        WindowGeometry g = c.Geometry; int M = g.Output[3], per = c.Data.Shape[3] / c.Groups, mper = M / c.Groups, area = c.KernelHeight * c.KernelWidth;
        (int image, int pixel) = Math.DivRem(piece, g.Height * g.Width); (int y, int x) = Math.DivRem(pixel, g.Width);
        int* sums = (int*)scratch;
        for (int m = 0; m < M; m++)
        {
            int s = 0, gr = m / mper;
            for (int t = 0; t < area; t++)
            {
                int row = y * g.StrideY + g.RowOf[t], col = x * g.StrideX + g.ColumnOf[t];
                if ((uint)row >= (uint)g.Input[1] || (uint)col >= (uint)g.Input[2]) continue;
                byte* d = c.Data.Data + (((long)image * g.Input[1] + row) * g.Input[2] + col) * c.Data.Stride + gr * per;
                for (int k = 0; k < per; k++) s += (Stored.Value(d[k]) - c.DataZero[c.DataZero.Length == 1 ? 0 : gr * per + k]) * c.Weights[(m * per + k) * area + t];
            }
            sums[m] = s;
        }
        long at = (((long)image * g.Output[1] + g.PhaseY + y * g.StepY) * g.Output[2] + g.PhaseX + x * g.StepX);
        c.Epilogue.Rows(sums, M, 1, 0, M, c.Residual == null ? null : c.Residual.Data + at * c.Residual.Stride, 0, c.Output.Data + at * c.Output.Stride * c.Epilogue.OutputSize, 0);
    }
}
internal sealed unsafe class Int8Winograd(Int8Convolution c, Weights weights) : Step(c.Name, [c.Data], [c.Output]) { public static bool Suits(Int8Convolution c) => false; public override string Kernel => weights.ToString()!; public override void Execute(int piece, byte* scratch) { } }
