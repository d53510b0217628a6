using EdgeCnn.Models;

namespace EdgeCnn.Training.Gradients;

internal static partial class GradientRules
{
    private static Action<Backward>? Arithmetic(Operator op) => op switch
    {
        Add or Sum => at => ToAll(at, at.DY),
        Mean => at => ToAll(at, at.Add(new Mul(), at.DY, at.Scalar(1f / at.Inputs))),
        Max or Min => Chosen,
        Where => Selected,
        Sub => Difference,
        Mul => Multiplied,
        Div => Divided,
        Pow => Powered,
        Neg => at => at.Give(0, at.Add(new Neg(), at.DY)),
        Sin => at => at.Give(0, at.Add(new Mul(), at.DY, at.Add(new Cos(), at.X()))),
        Cos => at => at.Give(0, at.Add(new Neg(), at.Add(new Mul(), at.DY, at.Add(new Sin(), at.X())))),
        _ => null,
    };

    private static void ToAll(Backward at, string gradient)
    {
        for (int i = 0; i < at.Inputs; i++)
        {
            if (at.Wants(i)) at.GiveSummed(i, gradient);
        }
    }

    /// <summary>The inputs that the result was taken from share its gradient, evenly where several are equal, as PyTorch has it.</summary>
    private static void Chosen(Backward at)
    {
        string[] chosen =
        [
            .. Enumerable.Range(0, at.Inputs).Select(i => at.Add(new Cast(ElementType.Float32), at.Add(new Equal(), at.X(i), at.Y))),
        ];
        string share = at.Add(new Div(), at.DY, chosen.Length == 1 ? chosen[0] : at.Add(new Sum(), chosen));
        for (int i = 0; i < chosen.Length; i++)
        {
            if (at.Wants(i)) at.GiveSummed(i, at.Add(new Mul(), share, chosen[i]));
        }
    }

    private static void Selected(Backward at)
    {
        if (at.Wants(1)) at.GiveSummed(1, at.Add(new Where(), at.X(), at.DY, at.Scalar(0)));
        if (at.Wants(2)) at.GiveSummed(2, at.Add(new Where(), at.X(), at.Scalar(0), at.DY));
    }

    private static void Difference(Backward at)
    {
        if (at.Wants(0)) at.GiveSummed(0, at.DY);
        if (at.Wants(1)) at.GiveSummed(1, at.Add(new Neg(), at.DY));
    }

    private static void Multiplied(Backward at)
    {
        if (at.Wants(0)) at.GiveSummed(0, at.Add(new Mul(), at.DY, at.X(1)));
        if (at.Wants(1)) at.GiveSummed(1, at.Add(new Mul(), at.DY, at.X(0)));
    }

    /// <summary>y = a / b: da = dy / b and db = -dy y / b.</summary>
    private static void Divided(Backward at)
    {
        string quotient = at.Add(new Div(), at.DY, at.X(1));
        if (at.Wants(0)) at.GiveSummed(0, quotient);
        if (at.Wants(1)) at.GiveSummed(1, at.Add(new Neg(), at.Add(new Mul(), quotient, at.Y)));
    }

    /// <summary>y = a^p for a constant p: da = p a^(p - 1) dy.</summary>
    private static void Powered(Backward at)
    {
        if (at.Constant(1) is not { Shape.Count: 1, Type: ElementType.Float32 } exponent)
            throw new ModelException("Pow: training takes one constant float as the exponent.");
        float p = exponent.As<float>()[0];
        string slope = p == 2 ? at.X() : at.Add(new Pow(), at.X(), at.Scalar(p - 1));
        at.GiveSummed(0, at.Add(new Mul(), at.Add(new Mul(), at.DY, at.Scalar(p)), slope));
    }
}
