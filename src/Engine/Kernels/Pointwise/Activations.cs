using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>From an operator on single elements to the function that computes it.</summary>
internal static class Activations
{
    /// <returns>The function over floats: a step of its own, or fused into the step before; null when the operator has none in vector
    /// form.</returns>
    public static Map? Of(Operator op) => op switch
    {
        Relu => Map.Of(new FloatFunctions.Relu()),
        LeakyRelu leaky => Map.Of(new FloatFunctions.LeakyRelu(leaky.Alpha)),
        Elu elu => Map.Of(new FloatFunctions.Elu(elu.Alpha)),
        Selu selu => Map.Of(new FloatFunctions.Selu(selu.Alpha, selu.Gamma)),
        Celu celu => Map.Of(new FloatFunctions.Celu(celu.Alpha)),
        Clip clip => Map.Of(new FloatFunctions.Clip(clip.Min, clip.Max)),
        Sigmoid => Map.Of(new FloatFunctions.Sigmoid()),
        HardSigmoid hard => Map.Of(new FloatFunctions.HardSigmoid(hard.Alpha, hard.Beta)),
        HardSwish => Map.Of(new FloatFunctions.HardSwish()),
        Silu => Map.Of(new FloatFunctions.Silu()),
        Tanh => Map.Of(new FloatFunctions.Tanh()),
        Softplus => Map.Of(new FloatFunctions.Softplus()),
        Softsign => Map.Of(new FloatFunctions.Softsign()),
        Mish => Map.Of(new FloatFunctions.Mish()),
        Gelu { Tanh: false } => Map.Of(new FloatFunctions.Gelu()),
        Gelu => Map.Of(new FloatFunctions.GeluTanh()),
        Erf => Map.Of(new FloatFunctions.Erf()),
        ThresholdedRelu relu => Map.Of(new FloatFunctions.ThresholdedRelu(relu.Alpha)),
        Shrink shrink => Map.Of(new FloatFunctions.Shrink(shrink.Lambda, shrink.Bias)),
        Neg => Map.Of(new FloatFunctions.Neg()),
        Abs => Map.Of(new FloatFunctions.Abs()),
        Sign => Map.Of(new FloatFunctions.Sign()),
        Sqrt => Map.Of(new FloatFunctions.Sqrt()),
        Exp => Map.Of(new FloatFunctions.Exp()),
        Log => Map.Of(new FloatFunctions.Log()),
        Floor => Map.Of(new FloatFunctions.Floor()),
        Ceil => Map.Of(new FloatFunctions.Ceil()),
        Round => Map.Of(new FloatFunctions.Round()),
        Reciprocal => Map.Of(new FloatFunctions.Reciprocal()),
        _ => null,
    };

    /// <returns>The function in double precision, for the rarer element types and for trigonometry; the platform's C library computes
    /// it.</returns>
    public static Func<double, double>? InDouble(Operator op) => op switch
    {
        Relu => static x => x < 0 ? 0 : x,
        LeakyRelu { Alpha: var alpha } => x => x < 0 ? alpha * x : x,
        Elu { Alpha: var alpha } => x => x < 0 ? alpha * (Math.Exp(x) - 1) : x,
        Selu { Alpha: var alpha, Gamma: var gamma } => x => gamma * (x > 0 ? x : alpha * (Math.Exp(x) - 1)),
        Celu { Alpha: var alpha } => x => Math.Max(0, x) + Math.Min(0, alpha * (Math.Exp(x / alpha) - 1)),
        Clip { Min: var min, Max: var max } => x => Math.Min(Math.Max(x, min), max),
        Sigmoid => Sigmoidal,
        HardSigmoid { Alpha: var alpha, Beta: var beta } => x => Math.Max(0, Math.Min(1, alpha * x + beta)),
        HardSwish => static x => x * Math.Max(0, Math.Min(1, x / 6 + 0.5)),
        Silu => static x => double.IsNegativeInfinity(x) ? -0.0 : x * Sigmoidal(x),
        Tanh => Math.Tanh,
        Softplus => LogOfOnePlusExp,
        Softsign => static x => x / (1 + Math.Abs(x)),
        Mish => static x => x * Math.Tanh(LogOfOnePlusExp(x)),
        Gelu { Tanh: true } => static x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        ThresholdedRelu { Alpha: var alpha } => x => x <= alpha ? 0 : x,
        Shrink { Lambda: var lambda, Bias: var bias } => x => x < -lambda ? x + bias : x <= lambda ? 0 : x - bias,
        Neg => static x => -x,
        Abs => Math.Abs,
        Sign => static x => x > 0 ? 1 : x < 0 ? -1 : x,
        Sqrt => Math.Sqrt,
        Exp => Math.Exp,
        Log => Math.Log,
        Floor => Math.Floor,
        Ceil => Math.Ceiling,
        Round => Math.Round,
        Reciprocal => static x => 1 / x,
        Sin => Math.Sin,
        Cos => Math.Cos,
        Tan => Math.Tan,
        Asin => Math.Asin,
        Acos => Math.Acos,
        Atan => Math.Atan,
        _ => null,
    };

    private static double Sigmoidal(double x) => 1 / (1 + Math.Exp(-x));

    private static double LogOfOnePlusExp(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
