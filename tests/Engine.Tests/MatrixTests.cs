using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests;

public class MatrixTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1000, 33)]
    [InlineData(5, 15, 15)]
    [InlineData(6, 16, 16)]
    [InlineData(7, 17, 257)]
    [InlineData(49, 31, 600)]
    public void A_product_has_the_bits_of_its_definition(int m, int n, int k)
    {
        Random random = new(m + n + k);
        Tensor a = Run.Random(random, new Shape(m, k)), b = Run.Random(random, new Shape(k, n));
        float[] expected = Product(a.As<float>(), b.As<float>(), m, n, k);
        Run.AssertSameBits(expected, Run.One(new MatMul(), [a, b], [false, true], threads: 2), $"{m} x {k} x {n}");
        Run.AssertSameBits(expected, Run.One(new MatMul(), [a, b], [false, false], threads: 2), $"{m} x {k} x {n}, not constant");
    }

    [Fact]
    public void Batches_are_broadcast_and_vectors_are_rows_and_columns()
    {
        (int[] A, int[] B)[] shapes =
        [
            ([2, 3, 4, 5], [5, 6]), ([2, 3, 4, 5], [3, 5, 6]), ([4, 5], [2, 3, 5, 6]), ([2, 1, 4, 5],
                [1, 3, 5, 6]), ([5], [5]), ([5], [2, 5, 3]), ([3, 4, 5], [5]),
        ];
        foreach ((int[] left, int[] right) in shapes)
        {
            Random random = new(1);
            Tensor a = Run.Random(random, new Shape(left)), b = Run.Random(random, new Shape(right));
            float[] actual = Run.One(new MatMul(), [a, b], [false, false]);
            Run.AssertSameBits(Batched(a, b), actual, $"{a.Shape} by {b.Shape}");
        }
    }

    [Theory]
    [InlineData(false, false, 1f, 1f, true)]
    [InlineData(true, false, 1f, 1f, true)]
    [InlineData(false, true, 2f, 0.5f, true)]
    [InlineData(true, true, 0.25f, 4f, false)]
    [InlineData(false, true, 1f, 0f, false)]
    public void Gemm_takes_transposes_factors_and_its_third_matrix(bool transA, bool transB, float alpha, float beta, bool constant)
    {
        const int M = 5, N = 9, K = 4;
        Random random = new(2);
        Tensor a = Run.Random(random, transA ? new Shape(K, M) : new Shape(M, K)), b = Run.Random(
            random, transB ? new Shape(N, K) : new Shape(K, N));
        foreach (Shape shape in new[] { new Shape(N), new Shape(1, N), new Shape(M, 1), new Shape(M, N), Shape.Scalar })
        {
            Tensor c = Run.Random(random, shape);
            float[] actual = Run.One(new Gemm(alpha, beta, transA, transB), [a, b, c], [false, constant, constant]);
            for (int i = 0; i < M; i++)
            {
                for (int j = 0; j < N; j++)
                {
                    double sum = 0;
                    for (int k = 0; k < K; k++)
                        sum += (double)a.As<float>()[transA ? k * M + i : i * K + k] * b.As<float>()[transB ? j * K + k : k * N + j];
                    int at = shape.Count == 1 ? 0 : shape.Count == N ? j : shape.Count == M ? i : i * N + j;
                    Assert.Equal(alpha * sum + beta * c.As<float>()[at], actual[i * N + j], 1e-5);
                }
            }
        }
    }

    private static float[] Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int m, int n, int k)
    {
        float[] result = new float[m * n];
        for (int i = 0; i < m * n; i++)
        {
            for (int j = 0; j < k; j++) result[i] = MathF.FusedMultiplyAdd(a[i / n * k + j], b[j * n + i % n], result[i]);
        }
        return result;
    }

    private static float[] Batched(Tensor a, Tensor b)
    {
        int k = a.Shape[^1], m = a.Shape.Rank > 1 ? a.Shape[^2] : 1, n = b.Shape.Rank > 1 ? b.Shape[^1] : 1;
        Shape aBatch = new(a.Shape.Extents[..Math.Max(0, a.Shape.Rank - 2)]), bBatch = new(
            b.Shape.Extents[..Math.Max(0, b.Shape.Rank - 2)]);
        Shape batch = Shape.Broadcast(aBatch, bBatch);
        List<float> result = [];
        for (int i = 0; i < batch.Count; i++)
            result.AddRange(
                Product(a.As<float>().Slice(Index(i, aBatch, batch) * m * k, m * k),
                    b.As<float>().Slice(Index(i, bBatch, batch) * k * n, k * n), m, n, k));
        return [.. result];
    }

    private static int Index(int i, Shape shape, Shape batch)
    {
        int index = 0;
        for (int axis = 0; axis < batch.Rank; axis++)
        {
            int place = i / (int)batch.CountBetween(axis + 1, batch.Rank) % batch[axis], own = axis - (batch.Rank - shape.Rank);
            if (own >= 0 && shape[own] > 1) index += place * (int)shape.CountBetween(own + 1, shape.Rank);
        }
        return index;
    }
}
