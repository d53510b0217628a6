using System.Globalization;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Tests.Gradients;

/// <summary>
/// Holds gradients against central differences. The loss is the outputs' product with random numbers, summed in double precision; every
/// learned constant and the input are moved element by element, or some of them where there are many.
/// </summary>
internal static class GradientCheck
{
    private const int MostElements = 24;

    public static Tensor Random(Random random, Shape shape, float scale = 1, float offset = 0)
    {
        float[] values = new float[shape.Count];
        foreach (ref float value in values.AsSpan()) value = (random.NextSingle() * 2 - 1) * scale + offset;
        return Tensor.Of(shape, values);
    }

    /// <summary>A graph of one operator over one input and constants.</summary>
    public static Graph OfOne(Operator op, Shape x, params Tensor[] constants)
    {
        GraphBuilder builder = new("test");
        string input = builder.Input("x", ElementType.Float32, x);
        string[] names = [input, .. constants.Select((constant, i) => builder.Constant($"c{i}", constant))];
        builder.Output(builder.Add("y", op, names));
        return builder.Build();
    }

    /// <param name="graph">For one example.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="seed">Of inputs and of the loss.</param>
    /// <param name="what">Shapes, for messages.</param>
    /// <param name="step">How far elements are moved; any distance serves where the network is linear in each of them.</param>
    /// <param name="tolerance">Allowed error, relative to the largest gradient of the same tensor.</param>
    /// <param name="input">What the input holds; random numbers from -1 to 1 where null.</param>
    /// <param name="threads">Threads of the network.</param>
    public static void Differences(
        Graph graph, int batch, int seed, string what, float step = 0.25f, double tolerance = 2e-4, Func<Random, Shape, Tensor>? input = null, int threads = 2)
    {
        using TrainingNetwork network = TrainingNetwork.Plan(graph, new TrainingOptions(batch, threads) { InputGradients = true });
        Random random = new(seed);
        Tensor x = (input ?? ((r, shape) => Random(r, shape)))(random, network.Inputs[0].Shape);
        x.As<float>().CopyTo(network.Input(0));
        double[][] loss =
            [.. network.Outputs.Select(output => Enumerable.Range(0,
                (int)output.Shape.Count).Select(_ => random.NextDouble() * 2 - 1).ToArray())];
        network.Forward();
        for (int i = 0; i < loss.Length; i++)
        {
            for (int j = 0; j < loss[i].Length; j++) network.OutputGradient(i)[j] = (float)loss[i][j];
        }
        network.Backward();

        float[] inputGradient = network.InputGradient(0).ToArray();
        float[][] gradients = [.. network.Parameters.Select(parameter => parameter.Gradient.ToArray())];
        Compare("the input", network.Inputs[0].Shape, inputGradient, i => ref network.Input(0)[i]);
        for (int p = 0; p < gradients.Length; p++)
        {
            Parameter parameter = network.Parameters[p];
            Compare(parameter.Name, parameter.Shape, gradients[p], i => ref parameter.Values[i]);
        }

        void Compare(string name, Shape shape, float[] gradient, Element element)
        {
            double largest = gradient.Max(value => Math.Abs((double)value));
            IEnumerable<int> places = gradient.Length <= MostElements
                ? Enumerable.Range(0, gradient.Length)
                : Enumerable.Range(0, MostElements).Select(_ => random.Next(gradient.Length)).ToArray();
            foreach (int i in places)
            {
                float old = element(i);
                element(i) = old + step;
                float upper = element(i);
                double above = Loss();
                element(i) = old - step;
                float lower = element(i);
                double below = Loss();
                element(i) = old;
                double expected = (above - below) / ((double)upper - lower);
                double allowed = tolerance * Math.Max(Math.Max(largest, Math.Abs(expected)), 1e-3);
                Assert.True(
                    Math.Abs(expected - gradient[i]) <= allowed,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{what}, batch {batch}, seed {seed}: d/d({name} {shape})[{i}] is {gradient[i]:R}; differences give {expected:R}, the largest is {largest:R}"));
            }
        }

        double Loss()
        {
            network.Forward();
            double sum = 0;
            for (int i = 0; i < loss.Length; i++)
            {
                ReadOnlySpan<float> output = network.Output(i);
                for (int j = 0; j < output.Length; j++) sum += loss[i][j] * output[j];
            }
            return sum;
        }
    }

    private delegate ref float Element(int index);
}
