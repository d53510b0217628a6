using System.Runtime.InteropServices;
using OpenCvSharp;

namespace EdgeCnn.EdgeRuntime.Tests.Packages;

/// <summary>What EdgeCnn expects of the OpenCvSharp4 package, be it the real one or the stand-in.</summary>
public sealed class OpenCvTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgecnn-opencv-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(17, 64)]
    public void A_picture_survives_a_png_bit_for_bit(int rows, int cols)
    {
        using Mat picture = Noise(rows, cols);

        Assert.True(Cv2.ImEncode(".png", picture, out byte[] png));
        using Mat decoded = Cv2.ImDecode(png, ImreadModes.Color);

        Assert.Equal(MatType.CV_8UC3, decoded.Type());
        Assert.Equal(Bytes(picture), Bytes(decoded));
    }

    [Fact]
    public void A_jpeg_of_lower_quality_is_smaller()
    {
        using Mat picture = Noise(64, 64);
        Cv2.ImEncode(".jpg", picture, out byte[] fine, new ImageEncodingParam(ImwriteFlags.JpegQuality, 95));
        Cv2.ImEncode(".jpg", picture, out byte[] coarse, new ImageEncodingParam(ImwriteFlags.JpegQuality, 20));
        Assert.True(coarse.Length < fine.Length, $"{coarse.Length} bytes at 20, {fine.Length} at 95");
    }

    [Fact]
    public void What_is_no_picture_decodes_to_an_empty_matrix()
    {
        using Mat fromBytes = Cv2.ImDecode([1, 2, 3, 4], ImreadModes.Color);
        using Mat fromNoFile = Cv2.ImRead(Path.Combine(_folder, "absent.png"));
        Assert.True(fromBytes.Empty());
        Assert.True(fromNoFile.Empty());
    }

    [Fact]
    public void What_OpenCV_refuses_is_an_exception_with_its_reason()
    {
        using Mat empty = new();
        using Mat target = new();
        OpenCVException refusal = Assert.Throws<OpenCVException>(() => Cv2.CvtColor(empty, target, ColorConversionCodes.BGR2GRAY));
        Assert.Equal(ErrorCode.StsAssert, refusal.Status);
        Assert.Contains("cvtColor", refusal.FuncName, StringComparison.Ordinal);
        Assert.Contains("empty", refusal.ErrMsg, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_picture_format_is_an_exception()
    {
        using Mat picture = Noise(2, 2);
        Assert.Throws<OpenCVException>(() => Cv2.ImEncode(".nonsense", picture, out _));
    }

    [Fact]
    public void A_region_shares_the_pixels_of_its_picture()
    {
        using Mat picture = new(4, 6, MatType.CV_8UC3, Scalar.All(0));
        using (Mat region = new(picture, new Rect(2, 1, 3, 2)))
            region.SetTo(new Scalar(10, 20, 30));

        Assert.Equal(new Vec3b(10, 20, 30), picture.At<Vec3b>(1, 2));
        Assert.Equal(new Vec3b(10, 20, 30), picture.At<Vec3b>(2, 4));
        Assert.Equal(new Vec3b(0, 0, 0), picture.At<Vec3b>(1, 5));
        Assert.Equal(new Vec3b(0, 0, 0), picture.At<Vec3b>(3, 2));
    }

    [Fact]
    public void A_region_outside_its_picture_is_an_exception()
    {
        using Mat picture = Noise(4, 4);
        Assert.Throws<OpenCVException>(() => new Mat(picture, new Rect(2, 2, 3, 3)));
    }

    [Fact]
    public void A_matrix_over_memory_of_the_caller_writes_there_and_keeps_its_padding()
    {
        const int Rows = 2, Cols = 3, Step = 5;
        byte[] memory = new byte[Rows * Step];
        GCHandle pin = GCHandle.Alloc(memory, GCHandleType.Pinned);
        try
        {
            using Mat matrix = Mat.FromPixelData(Rows, Cols, MatType.CV_8UC1, pin.AddrOfPinnedObject(), Step);
            matrix.SetTo(new Scalar(7));
            Assert.Equal(Step, matrix.Step());
            Assert.False(matrix.IsContinuous());
        }
        finally
        {
            pin.Free();
        }
        Assert.Equal<byte>([7, 7, 7, 0, 0, 7, 7, 7, 0, 0], memory);
    }

    [Fact]
    public void A_conversion_scales_and_saturates()
    {
        using Mat values = new(1, 3, MatType.CV_32FC1);
        values.Set(0, 0, -1f);
        values.Set(0, 1, 0.5f);
        values.Set(0, 2, 2f);
        using Mat bytes = new();
        values.ConvertTo(bytes, MatType.CV_8UC1, 255);
        Assert.Equal<byte>([0, 128, 255], Bytes(bytes));
    }

    [Fact]
    public void A_matrix_of_the_same_shape_keeps_its_memory_when_it_is_created_again()
    {
        using Mat matrix = new(8, 8, MatType.CV_8UC3);
        nint before = matrix.Data;
        matrix.Create(8, 8, MatType.CV_8UC3);
        Assert.Equal(before, matrix.Data);
    }

    [Fact]
    public void Text_is_as_large_as_it_was_said_to_be()
    {
        Size size = Cv2.GetTextSize("edge", HersheyFonts.HersheySimplex, 1, 1, out int baseLine);
        using Mat canvas = new(size.Height + baseLine + 4, size.Width + 4, MatType.CV_8UC1, Scalar.All(0));
        Cv2.PutText(canvas, "edge", new Point(2, size.Height + 2), HersheyFonts.HersheySimplex, 1, Scalar.All(255));

        byte[] pixels = Bytes(canvas);
        int drawn = pixels.Count(value => value != 0);
        Assert.True(drawn > 4 * size.Height, $"{drawn} pixels were drawn in {size.Width} x {size.Height}");
        Assert.All(Enumerable.Range(0, canvas.Rows), row => Assert.Equal(0, pixels[row * canvas.Cols]));
    }

    [Fact]
    public void A_video_that_was_written_is_read_back()
    {
        const int Frames = 12;
        string path = Path.Combine(_folder, "video.avi");
        using (VideoWriter writer = new(path, FourCC.MJPG, 25, new Size(64, 48)))
        {
            Assert.True(writer.IsOpened());
            for (int i = 0; i < Frames; i++)
            {
                using Mat frame = new(48, 64, MatType.CV_8UC3, Scalar.All(20 * i));
                writer.Write(frame);
            }
        }

        using VideoCapture video = new(path);
        Assert.True(video.IsOpened());
        Assert.Equal((64, 48, 25.0), (video.FrameWidth, video.FrameHeight, video.Fps));
        using Mat picture = new();
        int read = 0;
        for (; video.Read(picture); read++)
            Assert.InRange(picture.At<Vec3b>(24, 32).Item1, (20 * read) - 4, (20 * read) + 4);
        Assert.Equal(Frames, read);
    }

    [Fact]
    public void A_video_that_is_absent_is_not_opened()
    {
        using VideoCapture video = new(Path.Combine(_folder, "absent.avi"), VideoCaptureAPIs.FFMPEG);
        using Mat picture = new();
        Assert.False(video.IsOpened());
        Assert.False(video.Read(picture));
        Assert.True(picture.Empty());
    }

    [Fact]
    public void A_matrix_that_was_disposed_is_refused()
    {
        Mat picture = Noise(2, 2);
        picture.Dispose();
        using Mat target = new();
        Assert.Throws<ObjectDisposedException>(() => picture.CopyTo(target));
    }

    [Fact]
    public void OpenCV_says_what_it_was_built_with()
    {
        Assert.StartsWith("4.", Cv2.GetVersionString(), StringComparison.Ordinal);
        Assert.Contains("Video I/O", Cv2.GetBuildInformation(), StringComparison.Ordinal);
    }

    private static Mat Noise(int rows, int cols)
    {
        Mat picture = new(rows, cols, MatType.CV_8UC3);
        Random random = new(rows * 1000 + cols);
        for (int row = 0; row < rows; row++)
        {
            for (int col = 0; col < cols; col++)
                picture.Set(row, col, new Vec3b((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        }
        return picture;
    }

    private static byte[] Bytes(Mat continuous)
    {
        Assert.True(continuous.IsContinuous());
        byte[] bytes = new byte[continuous.Total() * continuous.ElemSize()];
        Marshal.Copy(continuous.Data, bytes, 0, bytes.Length);
        return bytes;
    }
}
