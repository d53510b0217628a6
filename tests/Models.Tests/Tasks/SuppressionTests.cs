using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Models.Tests.Tasks;

public class SuppressionTests
{
    [Fact]
    public void What_is_kept_does_not_overlap_and_what_is_dropped_overlaps_something_better_that_is_kept()
    {
        Random random = new(5);
        for (int round = 0; round < 100; round++)
        {
            float iou = random.NextSingle();
            List<Candidate> all = Crowd(random, random.Next(1, 120));
            Candidate.Sort(all);
            List<Candidate> kept = [.. all];
            new Suppression().Run(kept, iou, int.MaxValue);
            foreach (Candidate box in all)
            {
                bool dominated = kept.TakeWhile(other => other.Index != box.Index).Any(other => other.ClassId == box.ClassId
                    && Box(other).IoU(Box(box)) > iou + 1e-5f);
                if (kept.Contains(box))
                    Assert.False(
                        kept.TakeWhile(other => other.Index != box.Index)
                            .Any(other => other.ClassId == box.ClassId && Box(other).IoU(Box(box)) > iou + 1e-5f), $"round {round}");
                else Assert.True(
                    dominated || kept.Any(other => other.ClassId == box.ClassId && Math.Abs(Box(other).IoU(Box(box)) - iou) < 1e-5f),
                    $"round {round}");
            }
        }
    }

    [Fact]
    public void The_order_does_not_depend_on_the_order_of_the_candidates()
    {
        Random random = new(6);
        List<Candidate> candidates = Crowd(random, 200, scores: 4);
        List<Candidate> shuffled = [.. candidates];
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(shuffled));
        Candidate.Sort(candidates);
        Candidate.Sort(shuffled);
        Assert.Equal(candidates, shuffled);
        Assert.True(
            candidates.Zip(candidates.Skip(1)).All(pair => pair.First.Score > pair.Second.Score || pair.First.Index < pair.Second.Index));
    }

    [Fact]
    public void Boxes_of_different_classes_do_not_suppress_each_other()
    {
        List<Candidate> candidates = [new(0, 0, 10, 10, 0.9f, 0, 0), new(0, 0, 10, 10, 0.8f, 1, 1), new(0, 0, 10, 10, 0.7f, 0, 2)];
        new Suppression().Run(candidates, 0.5f, 10);
        Assert.Equal([0, 1], candidates.Select(candidate => candidate.Index));
    }

    [Fact]
    public void No_more_are_kept_than_asked_for()
    {
        List<Candidate> candidates =
            [.. Enumerable.Range(0, 50).Select(i => new Candidate(20 * i, 0, (20 * i) + 10, 10, 1 - (i * 0.01f), 0, i))];
        new Suppression().Run(candidates, 0.5f, 7);
        Assert.Equal(Enumerable.Range(0, 7), candidates.Select(candidate => candidate.Index));
    }

    private static Box Box(Candidate candidate) =>
        new(candidate.Left, candidate.Top, candidate.Right - candidate.Left, candidate.Bottom - candidate.Top);

    private static List<Candidate> Crowd(Random random, int count, int scores = 1000) => [.. Enumerable.Range(0, count).Select(i =>
    {
        float left = random.NextSingle() * 50, top = random.NextSingle() * 50;
        return new Candidate(left, top, left + 5 + (random.NextSingle() * 30), top + 5 + (random.NextSingle() * 30),
            random.Next(scores) / (float)scores, random.Next(3), i);
    })];
}
