using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Tests;

public unsafe class FunctionTests
{
    [Theory]
    [InlineData("exp", -87, 88, 2)]
    [InlineData("log", 1e-30, 1e30, 2)]
    [InlineData("sigmoid", -80, 80, 3)]
    [InlineData("tanh", -12, 12, 3)]
    [InlineData("erf", -4, 4, 4)]
    [InlineData("softplus", -60, 60, 3)]
    public void A_function_is_within_a_few_units_of_the_last_place(string name, double from, double to, double units)
    {
        double worst = 0, at = 0;
        for (int i = 0; i <= 20_000; i++)
        {
            float x = name == "log"
                ? (float)Math.Exp(Math.Log(from) + (Math.Log(to) - Math.Log(from)) * i / 20_000)
                : (float)(from + (to - from) * i / 20_000);
            double exact = Exact(name, x);
            double error = Math.Abs(Scalar(name, x) - exact) / Math.ScaleB(1, Math.Max(Math.ILogB(exact), -126) - 23);
            if (error > worst) (worst, at) = (error, x);
        }
        Assert.True(worst <= units, $"{name}({at:R}) is {worst:F2} units off");
    }

    [Fact]
    public void The_sigmoid_of_the_rational_SiLU_is_within_two_ten_millionths_and_never_negative()
    {
        for (int i = 1; i <= 40_000; i++)
        {
            float x = (i % 2 == 0 ? i : -i) / 2000f;
            float sigmoid = Scalar("rational silu", x) / x;
            Assert.True(Math.Abs(sigmoid - Exact("sigmoid", x)) < 2e-7 && sigmoid >= 0, $"sigmoid({x:R}) is {sigmoid:R}");
        }
    }

    [Fact]
    public void Special_values_go_where_they_belong()
    {
        float infinity = float.PositiveInfinity;
        Assert.Equal([0f, infinity, 1f, infinity, 0f], new[] { -infinity, infinity, 0f, 100f, -150f }.Select(x => Scalar("exp", x)));
        Assert.Equal([-infinity, infinity, float.NaN, 0f], new[] { 0f, infinity, -1f, 1f }.Select(x => Scalar("log", x)));
        Assert.Equal([0f, 1f, 0.5f], new[] { -infinity, infinity, 0f }.Select(x => Scalar("sigmoid", x)));
        Assert.Equal([0f, infinity, 0f], new[] { -infinity, infinity, 0f }.Select(x => Scalar("rational silu", x)));
        Assert.Equal([-1f, 1f, 0f], new[] { -infinity, infinity, 0f }.Select(x => Scalar("tanh", x)));
        Assert.Equal([-1f, 1f, 0f], new[] { -infinity, infinity, 0f }.Select(x => Scalar("erf", x)));
        foreach (string name in new[] { "exp", "log", "sigmoid", "rational silu", "tanh", "erf", "softplus" })
            Assert.True(float.IsNaN(Scalar(name, float.NaN)), name);
        Assert.Equal((float)Math.Exp(-100), Scalar("exp", -100f));
        Assert.Equal((float)Math.Log(1e-42f), Scalar("log", 1e-42f), 1e-5f);
    }

    private static float Scalar(string name, float x)
    {
        Lanes1 v = Lanes1.Of(x);
        float result;
        (name switch
        {
            "exp" => Functions.Exp(v),
            "log" => Functions.Log(v),
            "sigmoid" => Functions.Sigmoid(v),
            "rational silu" => Functions.RationalSilu(v),
            "tanh" => Functions.Tanh(v),
            "erf" => Functions.Erf(v),
            _ => Functions.Softplus(v),
        }).Store(&result);
        return result;
    }

    private static double Exact(string name, double x) => name switch
    {
        "exp" => Math.Exp(x),
        "log" => Math.Log(x),
        "sigmoid" => 1 / (1 + Math.Exp(-x)),
        "tanh" => Math.Tanh(x),
        "erf" => ErrorFunction(x),
        _ => x > 30 ? x + Math.Exp(-x) : x < -12 ? Math.Exp(x) - Math.Exp(2 * x) / 2 : Math.Log(1 + Math.Exp(x)),
    };

    /// <summary>The Maclaurin series of the error function, exact enough in double precision up to 4.</summary>
    private static double ErrorFunction(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
