using System.Security.Cryptography;
using EdgeCnn.Training.Data;
using EdgeCnn.Training.Scenes;

namespace EdgeCnn.Training.Tests.Scenes;

public class SceneTests
{
    [Fact]
    public void A_seed_gives_the_same_bits_again_and_on_every_thread()
    {
        SyntheticDataset scenes = new(3, 8, 160, 128);
        string[] once = [.. Enumerable.Range(0, 8).Select(i => Digest(scenes.Load(i)))];
        string[] again = new string[8];
        Parallel.For(0, 8, i => again[7 - i] = Digest(scenes.Load(7 - i)));
        Assert.Equal(once, again);
        Assert.Equal(8, once.Distinct().Count());
    }

    [Fact]
    public void Boxes_lie_in_the_picture_and_every_class_occurs()
    {
        SyntheticDataset scenes = new(4, 60, 160, 128);
        HashSet<int> classes = [];
        for (int i = 0; i < scenes.Count; i++)
        {
            foreach (Box box in scenes.Load(i).Boxes)
            {
                classes.Add(box.ClassId);
                Assert.True(
                    box is { Left: >= 0, Top: >= 0, Right: <= 160, Bottom: <= 128, Width: > 0, Height: > 0 }, $"{scenes.NameOf(i)}: {box}");
            }
        }
        Assert.Equal([0, 1, 2, 3], classes.Order());
    }

    [Fact]
    public void A_box_is_the_smallest_around_what_is_seen_of_its_object()
    {
        for (ulong seed = 0; seed < 25; seed++)
        {
            Renderer renderer = new(160, 128);
            Box?[] boxes = renderer.Draw(new Arena(seed, 1.25f).At(0)).ToArray();
            int[] owners = [.. Enumerable.Range(0, 160 * 128).Select(renderer.OwnerAt)];
            for (int owner = 0; owner < boxes.Length; owner++)
            {
                int[] pixels = [.. owners.Index().Where(entry => entry.Item == owner).Select(entry => entry.Index)];
                Box? expected = pixels.Length == 0 ? null : new Box(
                    0, pixels.Min(i => i % 160), pixels.Min(i => i / 160), pixels.Max(i => i % 160) + 1, pixels.Max(i => i / 160) + 1);
                Assert.True(expected == boxes[owner], $"seed {seed}, object {owner}: {boxes[owner]}, but {expected} is seen");
            }
        }
    }

    [Fact]
    public void A_mask_shows_each_object_within_its_box_and_nothing_else()
    {
        SyntheticDataset boxes = new(4, 20, 160, 128), masks = new(4, 20, 160, 128, masks: true);
        Assert.Equal(["background", .. Scene.Labels], masks.Labels);
        for (int i = 0; i < masks.Count; i++)
        {
            Example boxed = boxes.Load(i), masked = masks.Load(i);
            Assert.Equal(boxed.Picture.Pixels, masked.Picture.Pixels);
            bool[] covered = new bool[160 * 128];
            foreach (Box box in boxed.Boxes)
            {
                int own = 0;
                for (int y = (int)box.Top; y < box.Bottom; y++)
                {
                    for (int x = (int)box.Left; x < box.Right; x++)
                    {
                        covered[(y * 160) + x] = true;
                        if (masked.Mask![(y * 160) + x] == box.ClassId + 1) own++;
                    }
                }
                Assert.True(own > 0, $"scene {i}: {box} has no pixel in the mask");
            }
            int[] beside = [.. Enumerable.Range(0, covered.Length).Where(at => !covered[at] && masked.Mask![at] != 0)];
            Assert.True(beside.Length == 0, $"scene {i}: {beside.Length} pixels lie in no box");
        }
    }

    [Fact]
    public void Things_move_with_time_and_no_further_than_a_little_from_one_moment_to_the_next()
    {
        Scene scene = new(11, 160, 128);
        Example now = scene.Draw(), soon = scene.Draw(0.04), later = scene.Draw(3);
        Assert.Equal(Digest(now), Digest(scene.Draw()));
        Assert.NotEqual(Digest(now), Digest(later));
        foreach (Box box in now.Boxes)
            Assert.Contains(
                soon.Boxes, other => other.ClassId == box.ClassId && Math.Abs(other.Left - box.Left) + Math.Abs(other.Top - box.Top) < 12);
    }

    [Fact]
    public void Cuts_take_turns_through_the_classes_and_nothing()
    {
        SyntheticCrops crops = new(1, 20, 32);
        Assert.Equal(["ball", "cone", "cube", "target", "nothing"], crops.Labels);
        for (int i = 0; i < crops.Count; i++)
        {
            Example crop = crops.Load(i);
            Assert.Equal((i % 5, 32, 32), (crop.ClassId, crop.Picture.Width, crop.Picture.Height));
            Assert.Equal(Digest(crop), Digest(crops.Load(i)));
        }
    }

    [Fact]
    public void A_picture_of_another_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => new Scene(1, 160, 128).Draw(new Picture(128, 160), 0));

    private static string Digest(Example example) =>
        Convert.ToHexString(SHA256.HashData(example.Picture.Pixels)) + string.Join(',', example.Boxes);
}
