using EdgeCnn.Engine;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Transfer;

namespace EdgeCnn.Training.Tests.Transfer;

public class FeatureBatchesTests
{
    private const int Pictures = 7, Size = 3;

    private static readonly Graph Network = Zoo.Build("lenet5");

    private static readonly NamedValue Input = new(
        Network.Inputs[0], ElementType.Float32, Network.Values[Network.Inputs[0]].Shape);

    private static readonly FrozenTrunk Trunk = FrozenTrunk.Of(Network, NewHead.Constants(Network).Contains)!;

    private static Batches Pictured(Augmentation? augmentation) =>
        new(new Noise(), augmentation, Preprocessing.Greyscale, Input, Size, seed: 3) { Shuffles = false };

    private static FeatureBatches Features(Augmentation? augmentation, int views) =>
        new(Trunk, Pictured(augmentation), Pictures, views, seed: 11, threads: 1);

    private static List<(int ClassId, float[] Values)> Read(IBatches batches, int epoch, int length, int first = 0)
    {
        List<(int, float[])> read = [];
        float[] values = new float[Size * length];
        foreach (Batch batch in batches.Epoch(epoch, first))
        {
            batch.Fill(values);
            for (int i = 0; i < Size; i++) read.Add((batch.Examples[i].ClassId, values[(i * length)..((i + 1) * length)]));
        }
        return read;
    }

    [Fact]
    public void Features_are_what_the_trunk_makes_of_the_pictures()
    {
        using FeatureBatches features = Features(null, 1);
        Batches pictures = Pictured(null);
        using Engine.Network trunk = Engine.Network.Load(Trunk.Trunk, new EngineOptions(1));
        Dictionary<int, float[]> wanted = [];
        foreach ((int id, float[] values) in Read(pictures, 0, (int)Input.Shape.Count))
        {
            values.CopyTo(trunk.Input<float>(0));
            trunk.Run();
            wanted[id] = trunk.Output<float>(0).ToArray();
        }
        List<(int ClassId, float[] Values)> read = Read(features, 0, Trunk.Count);
        Assert.Equal(Pictures, read.Take(Pictures).Select(example => example.ClassId).Distinct().Count());
        foreach ((int id, float[] values) in read) Assert.Equal(wanted[id], values);
    }

    [Fact]
    public void Epochs_show_the_views_in_turn_each_in_an_order_of_its_own()
    {
        using FeatureBatches features = Features(Augmentation.Classify, 2);
        List<(int ClassId, float[] Values)>[] epochs = [.. Enumerable.Range(0, 3).Select(epoch => Read(features, epoch, Trunk.Count))];
        float[] Of(int epoch, int id) => epochs[epoch].First(example => example.ClassId == id).Values;
        for (int id = 0; id < Pictures; id++)
        {
            Assert.Equal(Of(0, id), Of(2, id));
            Assert.NotEqual(Of(0, id), Of(1, id));
        }
        Assert.NotEqual(epochs[0].Select(example => example.ClassId), epochs[2].Select(example => example.ClassId));
    }

    [Fact]
    public void A_run_that_goes_on_within_an_epoch_sees_what_it_would_have_seen()
    {
        using FeatureBatches through = Features(Augmentation.Classify, 2), resumed = Features(Augmentation.Classify, 2);
        for (int epoch = 0; epoch < 3; epoch++) Read(through, epoch, Trunk.Count);
        List<(int ClassId, float[] Values)> wanted = Read(through, 3, Trunk.Count, first: 1), read = Read(
            resumed, 3, Trunk.Count, first: 1);
        Assert.Equal(wanted.Select(example => example.ClassId), read.Select(example => example.ClassId));
        Assert.Equal(wanted.SelectMany(example => example.Values), read.SelectMany(example => example.Values));
    }

    private sealed class Noise : IDataset
    {
        public TaskKind Task => TaskKind.Classify;

        public IReadOnlyList<string> Labels => [.. Enumerable.Range(0, Pictures).Select(NameOf)];

        public int Count => Pictures;

        public Example Load(int index)
        {
            Picture picture = new(40, 36);
            new Random(index).NextBytes(picture.Pixels);
            return Example.OfClass(picture, index);
        }

        public string NameOf(int index) => $"picture {index}";
    }
}
