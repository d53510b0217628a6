using EdgeCnn.Training.Data;
using EdgeCnn.Training.Scenes;

namespace EdgeCnn.Training.Tests.Scenes;

public class DuckTests
{
    [Fact]
    public void Scenes_with_ducks_have_one_class_more_and_it_is_yellow()
    {
        SyntheticDataset data = new(seed: 5, count: 12, width: 160, height: 128, ducks: true);
        Assert.Equal([.. Scene.Labels, "duck"], data.Labels);
        int ducks = 0, yellow = 0;
        for (int i = 0; i < data.Count; i++)
        {
            Example example = data.Load(i);
            Assert.All(example.Boxes, box => Assert.InRange(box.ClassId, 0, 4));
            Assert.InRange(example.Boxes.Count(box => box.ClassId == 4), 0, 1);
            foreach (Box box in example.Boxes.Where(box => box.ClassId == 4))
            {
                ducks++;
                int x = (int)((box.Left + box.Right) / 2), y = (int)((box.Top + box.Bottom) / 2);
                ReadOnlySpan<byte> pixel = example.Picture.Pixels.AsSpan(3 * (y * example.Picture.Width + x), 3);
                if (pixel[0] < pixel[1] && pixel[0] < pixel[2]) yellow++;
            }
        }
        // Some are hidden, some stand in coloured light or behind something.
        Assert.True(ducks >= 8 && yellow >= ducks - 3, $"{yellow} of {ducks} are yellow");
    }
}
