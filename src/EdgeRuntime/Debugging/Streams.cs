using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>Pictures and events for those who watch. A viewer who does not read is dropped, not waited for.</summary>
internal sealed class Streams(int viewers, CancellationToken stopping)
{
    /// <summary>A viewer that takes nothing for so long is gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The longest wait for a single picture.</summary>
    private static readonly TimeSpan PictureTimeout = TimeSpan.FromSeconds(3);

    private int _viewers;

    /// <summary>MJPEG: multipart/x-mixed-replace, which browsers show in an img element.</summary>
    public Task PicturesAsync(HttpContext context, LiveFeed feed) => ServeAsync(context, EncodedPicture.MediaType, async viewer =>
    {
        await viewer.SendAsync(EncodedPicture.Start);
        await foreach (EncodedPicture picture in Source(context, feed).ReadAsync(viewer.Gone)) await viewer.SendAsync(picture.Part);
    });

    /// <summary>Server-sent events.</summary>
    public Task EventsAsync(HttpContext context, LiveFeed feed) => ServeAsync(context, "text/event-stream", async viewer =>
    {
        await viewer.SendAsync("retry: 1000\n\n"u8.ToArray());
        await foreach (byte[] message in feed.Events.ReadAsync(viewer.Gone)) await viewer.SendAsync(message);
    });

    /// <summary>The next picture, as a JPEG.</summary>
    public async Task PictureAsync(HttpContext context, LiveFeed feed)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        stop.CancelAfter(PictureTimeout);
        try
        {
            await foreach (EncodedPicture picture in Source(context, feed).ReadAsync(stop.Token))
            {
                // What follows an answer is not the business of the thread that hands out pictures.
                await Task.Yield();
                context.Response.ContentType = "image/jpeg";
                context.Response.ContentLength = picture.Jpeg.Length;
                context.Response.Headers["X-Frame"] = picture.Frame.ToString(CultureInfo.InvariantCulture);
                if (context.Request.Query.ContainsKey("download"))
                    context.Response.Headers.ContentDisposition = string.Create(
                        CultureInfo.InvariantCulture, $"attachment; filename=frame-{picture.Frame}.jpg");
                await context.Response.Body.WriteAsync(picture.Jpeg, context.RequestAborted);
                return;
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await Answers.RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, "No picture came: /api/state says how the camera is.");
        }
    }

    private static Broadcast<EncodedPicture> Source(HttpContext context, LiveFeed feed) =>
        context.Request.Query["overlay"] == "false" ? feed.Plain : feed.Drawn;

    private async Task ServeAsync(HttpContext context, string type, Func<Viewer, Task> serve)
    {
        if (Interlocked.Increment(ref _viewers) > viewers)
        {
            Interlocked.Decrement(ref _viewers);
            context.Response.Headers.RetryAfter = "5";
            await Answers.RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable, $"{viewers} watch already: come again, or raise Debug:Viewers.");
            return;
        }
        try
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
            context.Response.ContentType = type;
            context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
            using Viewer viewer = new(context, stop.Token);
            await serve(viewer);
        }
        catch (OperationCanceledException)
        {
            // Gone, too slow, or the daemon ends; what follows is not the business of the thread that hands out pictures.
            await Task.Yield();
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }
    }

    /// <summary>One who watches.</summary>
    private sealed class Viewer(HttpContext context, CancellationToken gone) : IDisposable
    {
        private readonly CancellationTokenSource _late = CancellationTokenSource.CreateLinkedTokenSource(gone);

        public CancellationToken Gone => gone;

        /// <summary>Writes a message as a whole, or drops the viewer.</summary>
        public async ValueTask SendAsync(ReadOnlyMemory<byte> message)
        {
            _late.CancelAfter(Patience);
            try
            {
                await context.Response.Body.WriteAsync(message, _late.Token);
                await context.Response.Body.FlushAsync(_late.Token);
            }
            catch (OperationCanceledException) when (!gone.IsCancellationRequested)
            {
                context.Abort();
                throw;
            }
            _late.CancelAfter(Timeout.InfiniteTimeSpan);
        }

        public void Dispose() => _late.Dispose();
    }
}
