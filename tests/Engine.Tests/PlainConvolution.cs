using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

/// <summary>
/// What a convolution is, in the plainest words: N x C x H x W, each output the bias plus its products in the order of kernel row, kernel
/// column and input channel, by fused multiply-add; padding is zeros that take part. The kernels must give the same bits.
/// </summary>
internal static class PlainConvolution
{
    public static float[] Conv(
        Conv conv, Shape x, ReadOnlySpan<float> input, Shape w, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, Shape y)
    {
        float[] output = new float[y.Count];
        int at = 0, perGroup = w[0] / conv.Groups;
        for (int n = 0; n < y[0]; n++)
            for (int m = 0; m < y[1]; m++)
                for (int oy = 0; oy < y[2]; oy++)
                    for (int ox = 0; ox < y[3]; ox++)
                    {
                        float sum = bias.IsEmpty ? 0 : bias[m];
                        for (int ky = 0; ky < w[2]; ky++)
                            for (int kx = 0; kx < w[3]; kx++)
                                for (int c = 0; c < w[1]; c++)
                                {
                                    int iy = oy * conv.Strides[0] - conv.Pads[0]
                                        + ky * conv.Dilations[0], ix = ox * conv.Strides[1] - conv.Pads[1] + kx * conv.Dilations[1];
                                    bool inside = iy >= 0 && iy < x[2] && ix >= 0 && ix < x[3];
                                    float value = inside ? input[((n * x[1] + m / perGroup * w[1] + c) * x[2] + iy) * x[3] + ix] : 0;
                                    sum = MathF.FusedMultiplyAdd(value, weights[((m * w[1] + c) * w[2] + ky) * w[3] + kx], sum);
                                }
                        output[at++] = sum;
                    }
        return output;
    }

    public static float[] ConvTranspose(
        ConvTranspose conv, Shape x, ReadOnlySpan<float> input, Shape w, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, Shape y)
    {
        float[] output = new float[y.Count];
        int at = 0, depth = w[0] / conv.Groups;
        for (int n = 0; n < y[0]; n++)
            for (int m = 0; m < y[1]; m++)
                for (int oy = 0; oy < y[2]; oy++)
                    for (int ox = 0; ox < y[3]; ox++)
                    {
                        float sum = bias.IsEmpty ? 0 : bias[m];
                        for (int ky = 0; ky < w[2]; ky++)
                            for (int kx = 0; kx < w[3]; kx++)
                            {
                                int sy = oy + conv.Pads[0] - ky * conv.Dilations[0], sx = ox + conv.Pads[1] - kx * conv.Dilations[1];
                                // Taps that fall between input pixels take no part; those beside the image are zeros.
                                if (sy % conv.Strides[0] != 0 || sx % conv.Strides[1] != 0) continue;
                                int iy = sy / conv.Strides[0], ix = sx / conv.Strides[1];
                                bool inside = iy >= 0 && iy < x[2] && ix >= 0 && ix < x[3];
                                for (int c = 0; c < depth; c++)
                                {
                                    int channel = m / w[1] * depth + c;
                                    float value = inside ? input[((n * x[1] + channel) * x[2] + iy) * x[3] + ix] : 0;
                                    sum = MathF.FusedMultiplyAdd(
                                        value, weights[((channel * w[1] + m % w[1]) * w[2] + ky) * w[3] + kx], sum);
                                }
                            }
                        output[at++] = sum;
                    }
        return output;
    }
}
