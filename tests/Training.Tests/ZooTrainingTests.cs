using EdgeCnn.Models;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Gradients;

namespace EdgeCnn.Training.Tests;

public class ZooTrainingTests
{
    public static TheoryData<string> Names => [.. Zoo.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_network_of_the_zoo_has_a_way_back_for_a_batch(string name)
    {
        Graph graph = Zoo.Build(name, seed: null);
        TrainingGraph training = TrainingGraph.Of(graph, new TrainingOptions(2) { InputGradients = true });
        string[] withoutGradient = [
            .. training.Parameters.Where(parameter => training.Graph.Constants.ContainsKey(parameter.Gradient))
                .Select(parameter => parameter.Name)];
        Assert.Empty(withoutGradient);
        Assert.NotEmpty(training.Parameters);
        Assert.All(training.Parameters, parameter =>
            Assert.Equal(graph.Values[parameter.Name].Shape, training.Graph.Values[parameter.Gradient].Shape));
    }
}
