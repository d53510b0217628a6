namespace EdgeCnn.Models.Zoo;

/// <summary>
/// Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document Recognition", Proc. IEEE 86(11), 1998.
/// </summary>
internal static class LeNet
{
    /// <summary>
    /// LeNet-5 in the form that is taught today: section II.B's layers C1 to F6, but the sub-sampling layers are plain averages without
    /// coefficients, C3 sees all six maps instead of table I's selection, and the output is linear instead of radial basis functions. C5
    /// sees all of S4 and is therefore written as fully connected.
    /// </summary>
    public static Graph LeNet5(ZooOptions options) => Features.Build(
        Features.Image("lenet5", 1, options.Size, options.Seed)
            .Conv("c1", 6, kernel: 5, start: Initialization.Xavier).Tanh()
            .AveragePool("s2", kernel: 2, stride: 2)
            .Conv("c3", 16, kernel: 5, start: Initialization.Xavier).Tanh()
            .AveragePool("s4", kernel: 2, stride: 2)
            .Flatten()
            .Dense("c5", 120, Initialization.Xavier).Tanh()
            .Dense("f6", 84, Initialization.Xavier).Tanh()
            .Dense("scores", options.Classes, Initialization.Xavier));

    /// <summary>The paper's two-hidden-layer network 28x28-300-100-10 (section III.C.4), for contrast: it convolves nothing.</summary>
    public static Graph Mlp(ZooOptions options) => Features.Build(
        Features.Image("mlp", 1, options.Size, options.Seed)
            .Flatten()
            .Dense("hidden1", 300, Initialization.Xavier).Tanh()
            .Dense("hidden2", 100, Initialization.Xavier).Tanh()
            .Dense("scores", options.Classes, Initialization.Xavier));
}
