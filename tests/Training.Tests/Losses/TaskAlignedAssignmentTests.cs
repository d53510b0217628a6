using EdgeCnn.Training.Losses;

namespace EdgeCnn.Training.Tests.Losses;

public class TaskAlignedAssignmentTests
{
    private static List<Match> Matches(params (int Cell, double Score, double Overlap)[][] objects)
    {
        TaskAlignedAssignment assignment = new(1000);
        foreach ((int Cell, double Score, double Overlap)[] offers in objects)
        {
            assignment.NextObject();
            foreach ((int cell, double score, double overlap) in offers) assignment.Offer(cell, score, overlap);
        }
        List<Match> matches = [];
        assignment.Finish(matches);
        return matches;
    }

    [Fact]
    public void The_best_aligned_cell_has_the_largest_overlap_as_target_and_the_others_less()
    {
        List<Match> matches = Matches([(7, 0.25, 0.8), (8, 0.25, 0.5), (9, 1, 0.8)]);
        Assert.Equal([9, 7, 8], matches.Select(match => match.Cell));
        Assert.Equal(0.8, matches[0].Target, 1e-12);
        Assert.Equal(0.4, matches[1].Target, 1e-12);
        Assert.Equal(0.8 * 0.5 * Math.Pow(0.5 / 0.8, 6), matches[2].Target, 1e-12);
    }

    [Fact]
    public void An_object_takes_ten_cells_at_most()
    {
        List<Match> matches = Matches([.. Enumerable.Range(0, 100).Select(i => (i, 0.5, 0.3 + 0.6 * (i * 37 % 100) / 100))]);
        Assert.Equal(10, matches.Count);
        Assert.Equal(Enumerable.Range(0, 100).OrderByDescending(i => i * 37 % 100).Take(10), matches.Select(match => match.Cell));
    }

    [Fact]
    public void A_cell_that_two_objects_take_goes_to_the_one_that_its_box_overlaps_most()
    {
        List<Match> matches = Matches([(1, 0.9, 0.6), (2, 0.9, 0.5)], [(1, 0.1, 0.7), (3, 0.9, 0.9)]);
        Assert.Equal([(2, 0), (3, 1), (1, 1)], matches.Select(match => (match.Cell, match.Object)));
        // What has been taken away does not count when the rest is scaled.
        Assert.Equal(0.5, matches[0].Target, 1e-12);
    }

    [Fact]
    public void An_object_that_no_box_overlaps_has_no_cells()
    {
        Assert.Empty(Matches([(1, 0.9, 0)], []));
    }

    [Fact]
    public void Pictures_do_not_remember_one_another()
    {
        TaskAlignedAssignment assignment = new(10);
        for (int picture = 0; picture < 3; picture++)
        {
            List<Match> matches = [];
            for (int o = 0; o < 40; o++)
            {
                assignment.NextObject();
                assignment.Offer(picture, 0.5, (o + 1) / 50.0);
            }
            assignment.Finish(matches);
            Assert.Equal([new Match(picture, 39, 0.8)], matches);
        }
    }
}
