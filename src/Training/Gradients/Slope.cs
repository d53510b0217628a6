using EdgeCnn.Engine;
using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Engine.Kernels.Vectors;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

/// <summary>dx = dy f'(x) over runs of floats, for an activation f; or the same written in terms of y = f(x).</summary>
internal abstract unsafe class Slope
{
    /// <summary>gradient[i] = f'(at[i]) * upstream[i]; all may be the same memory.</summary>
    public abstract void Apply(float* at, float* upstream, float* gradient, int count);

    /// <summary>In terms of the activation's input; null for operators without one.</summary>
    public static Slope? AtInput(Operator op) => op switch
    {
        Relu => Of(new Slopes.Step(0f)),
        LeakyRelu leaky => Of(new Slopes.Leaky(leaky.Alpha)),
        Elu elu => Of(new Slopes.Exponential(elu.Alpha, 1f)),
        Selu selu => Of(new Slopes.Exponential(selu.Alpha, selu.Gamma)),
        Celu celu => Of(new Slopes.Celu(celu.Alpha)),
        Clip clip => Of(new Slopes.Between(clip.Min, clip.Max, 1f)),
        Sigmoid => Of(default(Slopes.Sigmoid)),
        HardSigmoid hard when hard.Alpha > 0 => Of(new Slopes.Between(-hard.Beta / hard.Alpha, (1f - hard.Beta) / hard.Alpha, hard.Alpha)),
        HardSwish => Of(default(Slopes.HardSwish)),
        Silu => Of(default(Slopes.Silu)),
        Tanh => Of(default(Slopes.Tanh)),
        Softplus => Of(default(Slopes.Softplus)),
        Softsign => Of(default(Slopes.Softsign)),
        Mish => Of(default(Slopes.Mish)),
        Gelu { Tanh: false } => Of(default(Slopes.Gelu)),
        Gelu => Of(default(Slopes.GeluTanh)),
        Erf => Of(default(Slopes.Erf)),
        ThresholdedRelu relu => Of(new Slopes.Step(relu.Alpha)),
        Shrink shrink => Of(new Slopes.Outside(shrink.Lambda)),
        Abs => Of(default(Slopes.Sign)),
        Log => Of(default(Slopes.Log)),
        _ => null,
    };

    /// <summary>
    /// In terms of the activation's output, for those that are strictly monotonous or flat where they are not: then the input need not be
    /// kept, and the activation can be computed in the step before. Null for others.
    /// </summary>
    public static Slope? AtOutput(Operator op) => op switch
    {
        Relu => Of(new Slopes.Step(0f)),
        LeakyRelu leaky when leaky.Alpha > 0 => Of(new Slopes.Leaky(leaky.Alpha)),
        Elu elu when elu.Alpha > 0 => Of(new Slopes.ExponentialOfOutput(elu.Alpha, 1f)),
        Selu selu when selu.Alpha > 0 && selu.Gamma > 0 => Of(new Slopes.ExponentialOfOutput(selu.Alpha, selu.Gamma)),
        Clip clip => Of(new Slopes.Between(clip.Min, clip.Max, 1f)),
        Sigmoid => Of(default(Slopes.SigmoidOfOutput)),
        HardSigmoid hard when hard.Alpha > 0 => Of(new Slopes.Between(0f, 1f, hard.Alpha)),
        Tanh => Of(default(Slopes.TanhOfOutput)),
        Sqrt => Of(default(Slopes.SqrtOfOutput)),
        Exp => Of(default(Slopes.ExpOfOutput)),
        Reciprocal => Of(default(Slopes.ReciprocalOfOutput)),
        _ => null,
    };

    private static Row<TFunction> Of<TFunction>(TFunction function)
        where TFunction : struct, IBinaryFunction => new Row<TFunction>(function);

    private sealed class Row<TFunction>(TFunction function) : Slope where TFunction : struct, IBinaryFunction
    {
        public override void Apply(float* at, float* upstream, float* gradient, int count)
        {
            int i = 0;
            if (Cpu.Lanes >= 16) i = Run<Lanes16>(at, upstream, gradient, i, count);
            if (Cpu.Lanes >= 8) i = Run<Lanes8>(at, upstream, gradient, i, count);
            if (Cpu.Lanes >= 4) i = Run<Lanes4>(at, upstream, gradient, i, count);
            Run<Lanes1>(at, upstream, gradient, i, count);
        }

        private int Run<T>(float* at, float* upstream, float* gradient, int i, int count) where T : unmanaged, ILanes<T>
        {
            for (; i <= count - T.Count; i += T.Count) function.Apply(T.Load(at + i), T.Load(upstream + i)).Store(gradient + i);
            return i;
        }
    }
}
