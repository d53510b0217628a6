using System.Collections.Immutable;
using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Reductions;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Engine.Passes;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>
/// dx of a pooling. Inputs x, y, dy. The largest value takes all of the gradient of its window, the first one where several are equal; a
/// mean spreads it evenly; the 1-norm and 2-norm by sign(x) and x / y.
/// </summary>
internal sealed record PoolingGradient(Operator Pooling) : Extension
{
    public override string Name => $"{Pooling.Name} gradient";

    public override AxisRule Rule => AxisRule.ChannelsLast;

    public override bool IsData(int index) => true;

    public override ImmutableArray<ValueInfo> Infer(ReadOnlySpan<ValueInfo?> inputs, int outputCount) => [inputs[0]!];

    public override Step Lower(Operation operation, Weights weights)
    {
        Shape x = operation.Input(0).Shape;
        Pooling window =
            Pooling as Pooling ?? new AveragePool([x[1], x[2]], [1, 1], [0, 0, 0, 0], [1, 1], CeilMode: false, CountIncludePad: false);
        return Pooling switch
        {
            MaxPool or GlobalMaxPool => new PoolingGradientStep<Shares.Largest>(operation, default, window, Name),
            AveragePool or GlobalAveragePool => new PoolingGradientStep<Shares.Even>(operation, default, window, Name),
            LpPool { P: 1 } or GlobalLpPool { P: 1 } => new PoolingGradientStep<Shares.Magnitude>(operation, default, window, Name),
            LpPool { P: 2 } or GlobalLpPool { P: 2 } => new PoolingGradientStep<Shares.Euclidean>(operation, default, window, Name),
            LpPool pool => new PoolingGradientStep<Shares.Norm>(operation, new(pool.P), window, Name),
            GlobalLpPool pool => new PoolingGradientStep<Shares.Norm>(operation, new(pool.P), window, Name),
            _ => throw new ModelException($"The pooling {Pooling.Name} has no gradient."),
        };
    }
}

/// <summary>What one value under a window gets of the window's gradient.</summary>
internal interface IShare
{
    /// <param name="x">The value.</param>
    /// <param name="y">The window's result.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="count">How many values the window counts.</param>
    /// <param name="free">All ones where nobody has taken the gradient yet.</param>
    T Of<T>(T x, T y, T dy, T count, ref T free) where T : unmanaged, ILanes<T>;
}

internal static class Shares
{
    public readonly struct Largest : IShare
    {
        public T Of<T>(T x, T y, T dy, T count, ref T free) where T : unmanaged, ILanes<T>
        {
            T takes = T.Equal(x, y) & free;
            free ^= takes;
            return T.Select(takes, dy, T.Of(0f));
        }
    }

    public readonly struct Even : IShare
    {
        public T Of<T>(T x, T y, T dy, T count, ref T free) where T : unmanaged, ILanes<T> => dy / count;
    }

    public readonly struct Magnitude : IShare
    {
        public T Of<T>(T x, T y, T dy, T count, ref T free) where T : unmanaged, ILanes<T> => default(Slopes.Sign).Apply(x, dy);
    }

    public readonly struct Euclidean : IShare
    {
        public T Of<T>(T x, T y, T dy, T count, ref T free) where T : unmanaged, ILanes<T> =>
            T.Select(T.Equal(y, T.Of(0f)), T.Of(0f), dy * x / y);
    }

    /// <summary>sign(x) (|x| / y)^(p - 1).</summary>
    public readonly struct Norm(int p) : IShare
    {
        public T Of<T>(T x, T y, T dy, T count, ref T free) where T : unmanaged, ILanes<T>
        {
            T power = Functions.Exp(Functions.Log(T.Abs(x) / y) * T.Of(p - 1));
            return T.Select(T.Equal(x, T.Of(0f)), T.Of(0f), default(Slopes.Sign).Apply(x, dy * power));
        }
    }
}

/// <summary>Vectors across channels. A piece is a block of channels of one image, whose windows come in order.</summary>
internal sealed unsafe class PoolingGradientStep<TShare> : Step where TShare : struct, IShare
{
    private const int Block = 32;

    private readonly TShare _share;
    private readonly Pooling _window;
    private readonly bool _countsPadding;
    private readonly Shape _input;
    private readonly Shape _output;
    private readonly int _blocks;
    private readonly string _kernel;

    public PoolingGradientStep(Operation operation, TShare share, Pooling window, string kernel)
        : base(operation.Name, [operation.Input(0), operation.Input(1), operation.Input(2)], [operation.Output])
    {
        (_share, _window, _kernel) = (share, window, kernel);
        _countsPadding = window is AveragePool { CountIncludePad: true };
        (_input, _output) = (operation.Input(0).Shape, operation.Input(1).Shape);
        _blocks = (_input[3] + Block - 1) / Block;
    }

    public override string Kernel => _kernel;

    public override int Pieces => _input[0] * _blocks;

    public override void Execute(int piece, byte* scratch)
    {
        (int image, int block) = Math.DivRem(piece, _blocks);
        int first = block * Block, channels = Math.Min(Block, _input[3] - first);
        long pixels = (long)_input[1] * _input[2], stride = _input[3];
        float* x = Reads[0].Floats + image * pixels * stride + first;
        float* dx = Writes[0].Floats + image * pixels * stride + first;
        if (channels == stride) new Span<float>(dx, (int)(pixels * stride)).Clear();
        else for (long i = 0; i < pixels; i++) new Span<float>(dx + i * stride, channels).Clear();
        long at = (long)image * _output[1] * _output[2] * stride + first;
        for (int row = 0; row < _output[1]; row++)
        {
            PoolingSpan ys = PoolingSpan.Of(_window, 0, row, _input[1]);
            for (int column = 0; column < _output[2]; column++, at += stride)
            {
                PoolingSpan xs = PoolingSpan.Of(_window, 1, column, _input[2]);
                long corner = ((long)ys.First * _input[2] + xs.First) * stride;
                float count = _countsPadding ? (float)ys.Padded * xs.Padded : (float)ys.Count * xs.Count;
                int c = 0;
                if (Cpu.Lanes >= 16) c = Window<Lanes16>(x + corner, dx + corner, ys, xs, at, count, c, channels);
                if (Cpu.Lanes >= 8) c = Window<Lanes8>(x + corner, dx + corner, ys, xs, at, count, c, channels);
                if (Cpu.Lanes >= 4) c = Window<Lanes4>(x + corner, dx + corner, ys, xs, at, count, c, channels);
                Window<Lanes1>(x + corner, dx + corner, ys, xs, at, count, c, channels);
            }
        }
    }

    private int Window<T>(float* x, float* dx, PoolingSpan ys, PoolingSpan xs, long at, float count, int c, int channels)
        where T : unmanaged, ILanes<T>
    {
        nint right = (nint)xs.Step * _input[3], down = (nint)ys.Step * _input[2] * _input[3];
        for (; c <= channels - T.Count; c += T.Count)
        {
            T y = T.Load(Reads[1].Floats + at + c), dy = T.Load(Reads[2].Floats + at + c), counted = T.Of(count);
            T free = T.Equal(counted, counted);
            for (int i = 0; i < ys.Count; i++)
            {
                nint place = i * down + c;
                for (int j = 0; j < xs.Count; j++, place += right)
                    (T.Load(dx + place) + _share.Of(T.Load(x + place), y, dy, counted, ref free)).Store(dx + place);
            }
        }
        return c;
    }
}
