namespace EdgeCnn.Engine.Tests;

public unsafe class WorkerTests
{
    [Fact]
    public void Every_piece_is_executed_exactly_once_however_many_threads_there_are()
    {
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            using Workers workers = new(threads, 64);
            for (int pieces = 1; pieces < 200; pieces++)
            {
                CountingStep step = new(pieces);
                workers.Run(step);
                Assert.True(step.Counts.All(count => count == 1), $"{threads} threads, {pieces} pieces: {string.Join(' ', step.Counts)}");
            }
        }
    }

    [Fact]
    public void An_exception_in_a_piece_surfaces_and_the_next_run_works()
    {
        using Workers workers = new(3, 0);
        for (int i = 0; i < 20; i++)
        {
            CountingStep failing = new(50, failAt: i);
            Assert.Throws<InvalidOperationException>(() => workers.Run(failing));
            CountingStep step = new(50);
            workers.Run(step);
            Assert.True(step.Counts.All(count => count == 1), $"after failure {i}");
        }
    }

    [Fact]
    public void Threads_that_have_gone_to_sleep_wake_up_for_the_next_run()
    {
        using Workers workers = new(2, 0);
        for (int i = 0; i < 20; i++)
        {
            CountingStep step = new(4);
            workers.Run(step);
            Assert.True(step.Counts.All(count => count == 1), $"run {i}");
            Thread.Sleep(3);
        }
    }

    private sealed class CountingStep(int pieces, int failAt = -1) : Step("count", [], [])
    {
        public int[] Counts { get; } = new int[pieces];

        public override string Kernel => "count";

        public override int Pieces => pieces;

        public override void Execute(int piece, byte* scratch)
        {
            Interlocked.Increment(ref Counts[piece]);
            if (piece == failAt) throw new InvalidOperationException("this piece fails");
        }
    }
}
