using System.Globalization;
using System.Text;
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

    private const string Boundary = "picture", MediaType = $"multipart/x-mixed-replace; boundary={Boundary}";

    private int _viewers;

    /// <summary>MJPEG: multipart/x-mixed-replace, which browsers show in an img element.</summary>
    public Task PicturesAsync(HttpContext context, LiveFeed feed) => ServeAsync(context, MediaType, async stop =>
    {
        Stream body = context.Response.Body;
        // A browser shows a picture when it has read the line that ends it: it comes right behind each picture, not before the next.
        await body.WriteAsync(Encoding.ASCII.GetBytes($"--{Boundary}\r\n"), stop);
        await foreach (EncodedPicture picture in Source(context, feed).ReadAsync(stop))
        {
            string head = string.Create(
                CultureInfo.InvariantCulture,
                $"Content-Type: image/jpeg\r\nContent-Length: {picture.Jpeg.Length}\r\nX-Frame: {picture.Frame}\r\n\r\n");
            await SendAsync(context, stop, Encoding.ASCII.GetBytes(head), picture.Jpeg, Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\n"));
        }
    });

    /// <summary>Server-sent events.</summary>
    public Task EventsAsync(HttpContext context, LiveFeed feed) => ServeAsync(context, "text/event-stream", async stop =>
    {
        await SendAsync(context, stop, "retry: 1000\n\n"u8.ToArray());
        await foreach (byte[] message in feed.Events.ReadAsync(stop)) await SendAsync(context, stop, message);
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

    private async Task ServeAsync(HttpContext context, string type, Func<CancellationToken, Task> serve)
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
            await serve(stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Gone, too slow, or the daemon ends.
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }
    }

    /// <summary>Writes a message as a whole, or drops the viewer.</summary>
    private static async Task SendAsync(HttpContext context, CancellationToken stop, params byte[][] parts)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(Patience);
        try
        {
            foreach (byte[] part in parts) await context.Response.Body.WriteAsync(part, deadline.Token);
            await context.Response.Body.FlushAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }
}
