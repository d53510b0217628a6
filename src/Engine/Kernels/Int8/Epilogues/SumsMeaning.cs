using EdgeCnn.Engine.Kernels.Pointwise;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

/// <summary>What the sums stand for and what is done to them before they are stored.</summary>
/// <param name="Factor">For each output channel the real value of a sum of one: data scale * weight scale.</param>
/// <param name="Bias">For each output channel, a real value.</param>
/// <param name="Residual">How the residual is stored, one scale and zero point; null when none is added.</param>
/// <param name="ResidualLast">Whether it is added after the activation.</param>
/// <param name="Activation">Applied to the real value, or null.</param>
/// <param name="RunFactor">One value that only the run tells and that all factors are multiplied by, for results that are floats; or
/// null.</param>
internal sealed record SumsMeaning(
    float[] Factor, float[] Bias, QuantizedScale? Residual, bool ResidualLast, Operator? Activation, Buffer? RunFactor = null)
{
    /// <summary>What makes these sums the stored output; null: floats.</summary>
    /// <exception cref="ModelException">The activation has no kernel that could follow.</exception>
    public Epilogue To(QuantizedScale? output, Weights weights)
    {
        // Rounding is monotonous, so that a clamp goes into the bounds of saturation.
        bool clamps = output is not null && Activation is Relu or Clip && (Residual is null || !ResidualLast);
        if (Activation is null || clamps) return new Maker(this, output, null, Activation, weights).Of(default(FloatFunctions.Identity));
        if (output is not null && FixedPointSilu.For(this, output, weights) is { } silu) return silu;
        // Where activations are rounded to steps that only the run tells, a last bit tips values over to the next step.
        Map function = (RunFactor is not null && Activation is Silu ? Map.Of(default(FloatFunctions.RationalSilu)) : Activations.Of(Activation))
            ?? throw new ModelException($"{Activation.Name} cannot follow a product of integers.");
        return function.Make(new Maker(this, output, Activation, null, weights));
    }

    private sealed record Maker(
        SumsMeaning Meaning, QuantizedScale? Output, Operator? Activation, Operator? Clamp, Weights Weights) : IForFunctions<Epilogue>
    {
        public Epilogue Of<TFunction>(TFunction function) where TFunction : struct, IFunction
        {
            if (Output is not { } output) return new Requantize<TFunction, float>(Meaning, function, default, null, Weights);
            int channels = Meaning.Factor.Length;
            float[]? inverse = Activation is null
                ? [.. Enumerable.Range(0, channels).Select(c => 1 / output.Scale[output.IsPerTensor ? 0 : c])]
                : null;
            return new Requantize<TFunction, byte>(Meaning, function, new Rounding(output, channels, Weights, Clamp), inverse, Weights);
        }
    }
}
