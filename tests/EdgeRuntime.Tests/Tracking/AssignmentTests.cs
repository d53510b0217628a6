using EdgeCnn.EdgeRuntime.Tracking;

namespace EdgeCnn.EdgeRuntime.Tests.Tracking;

public class AssignmentTests
{
    [Fact]
    public void The_pairing_is_the_cheapest_of_all()
    {
        Random random = new(4);
        Assignment assignment = new();
        for (int round = 0; round < 300; round++)
        {
            int rows = random.Next(1, 6), columns = random.Next(rows, 7);
            float[] cost = [.. Enumerable.Range(0, rows * columns).Select(_ => random.Next(4) == 0 ? 1000 : random.NextSingle())];
            int[] pairs = new int[rows];
            assignment.Solve(cost, rows, columns, pairs);
            Assert.Equal(rows, pairs.Distinct().Count());
            Assert.All(pairs, column => Assert.InRange(column, 0, columns - 1));
            double total = pairs.Select((column, row) => (double)cost[(row * columns) + column]).Sum();
            Assert.True(Math.Abs(total - Cheapest(cost, rows, columns, 0, 0)) < 1e-3,
                $"round {round}: {rows}x{columns}, {total} instead of {Cheapest(cost, rows, columns, 0, 0)}");
        }
    }

    [Fact]
    public void The_certain_pair_is_given_up_when_that_serves_both()
    {
        int[] pairs = new int[2];
        new Assignment().Solve([0.5f, 0.4f, 1000, 0.45f], 2, 2, pairs);
        Assert.Equal([0, 1], pairs);
    }

    private static double Cheapest(float[] cost, int rows, int columns, int row, int taken)
    {
        if (row == rows) return 0;
        double best = double.PositiveInfinity;
        for (int column = 0; column < columns; column++)
        {
            if ((taken & (1 << column)) == 0)
                best = Math.Min(best, cost[(row * columns) + column] + Cheapest(cost, rows, columns, row + 1, taken | (1 << column)));
        }
        return best;
    }
}
