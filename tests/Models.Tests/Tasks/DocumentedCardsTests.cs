using System.Text.RegularExpressions;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Tests;

namespace EdgeCnn.Models.Tests.Tasks;

public sealed class DocumentedCardsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Every_card_in_the_documentation_is_read_and_fits_its_model()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md"));
        string[] cards = [.. Regex.Matches(text, "```json\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value)];
        Assert.Equal(2, cards.Length);
        Assert.Equal((HeadLayout.Rows, ResizePolicy.LetterboxTopLeft, 0.4f), Fit(cards[0], 416, "3549x7"));
        Assert.Equal((HeadLayout.ScoresAndBoxes, ResizePolicy.Stretch, 0.25f), Fit(cards[1], 640, "16800x4 16800x2 16800x10"));
    }

    [Fact]
    public void Every_key_and_value_of_a_card_is_documented()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md"));
        IEnumerable<string> keys = new[] { typeof(ModelCard), typeof(HeadCard), typeof(PreprocessingCard) }.SelectMany(
            type => type.GetProperties()).Select(property => property.Name);
        IEnumerable<string> values = Enum.GetNames<HeadLayout>().Concat(Enum.GetNames<BoxCoding>()).Concat(Enum.GetNames<Activation>())
            .Concat(Enum.GetNames<ResizePolicy>()).Concat(Enum.GetNames<ChannelOrder>());
        foreach (string name in keys.Concat(values).Where(name => name is not ("Head" or "Preprocessing")))
            Assert.Contains($"{char.ToLowerInvariant(name[0])}{name[1..]}`", text, StringComparison.Ordinal);
    }

    private (HeadLayout?, ResizePolicy, float) Fit(string card, int size, string outputs)
    {
        File.WriteAllText(_path, card);
        NamedValue input = new("x", ElementType.Float32, new Shape(1, 3, size, size));
        NamedValue[] named =
            [.. outputs.Split(' ').Select((shape, i) => new NamedValue($"y{i}", ElementType.Float32,
                new Shape([1, .. shape.Split('x').Select(int.Parse)])))];
        ModelTask task = ModelTask.Resolve([input], named, card: ModelCard.Load(_path));
        return (task.Layout, task.Preprocessing.Resize, task.Confidence);
    }
}
