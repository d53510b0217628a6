using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Tests.Data;

public class RememberedTests
{
    [Fact]
    public void Examples_are_loaded_once_as_long_as_there_is_room()
    {
        Counting data = new();
        // A picture of 4 x 4 takes 48 bytes.
        Remembered remembered = new(data, mostBytes: 100);
        Example[] first = [.. Enumerable.Range(0, 3).Select(remembered.Load)], again = [.. Enumerable.Range(0, 3).Select(remembered.Load)];
        Assert.Same(first[0], again[0]);
        Assert.Same(first[1], again[1]);
        Assert.Equal([1, 1, 2], data.Loads);
        Assert.Equal(first[2].Picture.Pixels, again[2].Picture.Pixels);
        Assert.Equal((3, "number 2"), (remembered.Count, remembered.NameOf(2)));
    }

    private sealed class Counting : IDataset
    {
        public int[] Loads { get; } = new int[3];

        public TaskKind Task => TaskKind.Detect;

        public IReadOnlyList<string> Labels => ["thing"];

        public int Count => Loads.Length;

        public Example Load(int index)
        {
            Loads[index]++;
            Picture picture = new(4, 4);
            picture.Pixels.AsSpan().Fill((byte)index);
            return Example.OfBoxes(picture);
        }

        public string NameOf(int index) => $"number {index}";
    }
}
