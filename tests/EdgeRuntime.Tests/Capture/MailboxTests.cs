using EdgeCnn.EdgeRuntime.Capture;

namespace EdgeCnn.EdgeRuntime.Tests.Capture;

public sealed class MailboxTests
{
    private readonly Mailbox<string> _mailbox = new();

    [Fact]
    public void The_newest_wins_and_the_one_it_replaced_comes_back()
    {
        Assert.Null(_mailbox.Put("old"));
        Assert.Equal("old", _mailbox.Put("new"));
        Assert.Equal("new", _mailbox.Take(TimeSpan.Zero, CancellationToken.None));
        Assert.Null(_mailbox.Take(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public void What_is_in_a_closed_mailbox_is_still_taken_and_nothing_more_goes_in()
    {
        _mailbox.Put("last");
        _mailbox.Close();
        Assert.Equal("too late", _mailbox.Put("too late"));
        Assert.False(_mailbox.PutWhenTaken("too late"));
        Assert.Equal("last", _mailbox.Take(TimeSpan.Zero, CancellationToken.None));
        Assert.Null(_mailbox.Take(Timeout.InfiniteTimeSpan, CancellationToken.None));
    }

    [Fact]
    public async Task A_waiting_taker_is_woken_by_what_is_put_in()
    {
        Task<string?> taken = Task.Run(() => _mailbox.Take(Films.Patience, CancellationToken.None));
        await Task.Delay(50);
        _mailbox.Put("here");
        Assert.Equal("here", await taken);
    }

    [Fact]
    public async Task A_waiting_taker_is_released_by_cancellation_and_by_closing()
    {
        using var cancel = new CancellationTokenSource();
        Task<string?> cancelled = Task.Run(() => _mailbox.Take(Films.Patience, cancel.Token));
        await Task.Delay(50);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        Task<string?> closed = Task.Run(() => _mailbox.Take(Films.Patience, CancellationToken.None));
        await Task.Delay(50);
        _mailbox.Close();
        Assert.Null(await closed);
    }

    [Fact]
    public async Task A_patient_giver_waits_until_the_last_one_has_been_taken()
    {
        Assert.True(_mailbox.PutWhenTaken("first"));
        Task<bool> second = Task.Run(() => _mailbox.PutWhenTaken("second"));
        await Task.Delay(50);
        Assert.False(second.IsCompleted);
        Assert.Equal("first", _mailbox.Take(TimeSpan.Zero, CancellationToken.None));
        Assert.True(await second);
        Assert.Equal("second", _mailbox.Take(Films.Patience, CancellationToken.None));
    }
}
