using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OpenCvSharp;

/// <summary>The C interface of shim/, one import per function, in the order of its files.</summary>
internal static unsafe partial class Native
{
    private const string Library = "opencv_shim", ImageFiles = "opencv_shim_imgcodecs", Video = "opencv_shim_videoio";

    /// <summary>Turns a failed call into the exception that OpenCV threw.</summary>
    internal static void Check(Status status)
    {
        if (status == Status.Ok)
            return;
        last_error(out int code, out byte* function, out byte* message, out byte* file, out int line);
        throw new OpenCVException((ErrorCode)code, Text(function), Text(message), Text(file), line);
    }

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    // core.cpp
    [LibraryImport(Library)]
    private static partial void last_error(out int code, out byte* function, out byte* message, out byte* file, out int line);

    [LibraryImport(Library)]
    internal static partial byte* build_information();

    [LibraryImport(Library)]
    internal static partial byte* version_string();

    [LibraryImport(Library)]
    internal static partial Status set_num_threads(int threads);

    [LibraryImport(Library)]
    internal static partial int get_num_threads();

    [LibraryImport(Library)]
    internal static partial Status mat_create_empty(out MatHandle result);

    [LibraryImport(Library)]
    internal static partial Status mat_create(int rows, int cols, int type, out MatHandle result);

    [LibraryImport(Library)]
    internal static partial Status mat_create_over(int rows, int cols, int type, nint data, nint step, out MatHandle result);

    [LibraryImport(Library)]
    internal static partial Status mat_create_region(MatHandle mat, Rect region, out MatHandle result);

    [LibraryImport(Library)]
    internal static partial void mat_delete(nint mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int mat_rows(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int mat_cols(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int mat_dims(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int mat_type(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nint mat_data(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nint mat_step(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nint mat_elem_size(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int mat_is_continuous(MatHandle mat);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int mat_is_empty(MatHandle mat);

    [LibraryImport(Library)]
    internal static partial Status mat_clone(MatHandle mat, out MatHandle result);

    [LibraryImport(Library)]
    internal static partial Status mat_reallocate(MatHandle mat, int rows, int cols, int type);

    [LibraryImport(Library)]
    internal static partial Status mat_copy_to(MatHandle mat, MatHandle target);

    [LibraryImport(Library)]
    internal static partial Status mat_convert_to(MatHandle mat, MatHandle target, int type, double alpha, double beta);

    [LibraryImport(Library)]
    internal static partial Status mat_set_to(MatHandle mat, Scalar value);

    [LibraryImport(Library)]
    internal static partial Status rotate(MatHandle source, MatHandle target, int code);

    [LibraryImport(Library)]
    internal static partial Status flip(MatHandle source, MatHandle target, int code);

    // imgproc.cpp
    [LibraryImport(Library)]
    internal static partial Status resize(MatHandle source, MatHandle target, Size size, double fx, double fy, int interpolation);

    [LibraryImport(Library)]
    internal static partial Status cvt_color(MatHandle source, MatHandle target, int code, int targetChannels);

    [LibraryImport(Library)]
    internal static partial Status gaussian_blur(
        MatHandle source, MatHandle target, Size kernel, double sigmaX, double sigmaY, int border);

    [LibraryImport(Library)]
    internal static partial Status rectangle(MatHandle image, Rect rect, Scalar color, int thickness, int lineType, int shift);

    [LibraryImport(Library)]
    internal static partial Status rectangle_of_corners(
        MatHandle image, Point a, Point b, Scalar color, int thickness, int lineType, int shift);

    [LibraryImport(Library)]
    internal static partial Status line(MatHandle image, Point a, Point b, Scalar color, int thickness, int lineType, int shift);

    [LibraryImport(Library)]
    internal static partial Status circle(MatHandle image, Point center, int radius, Scalar color, int thickness, int lineType, int shift);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status put_text(
        MatHandle image, string text, Point origin, int font, double scale, Scalar color, int thickness, int lineType,
        int bottomLeftOrigin);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status get_text_size(
        string text, int font, double scale, int thickness, out int baseline, out Size result);

    // imgcodecs.cpp
    [LibraryImport(ImageFiles, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status imread(string path, int flags, out MatHandle result);

    [LibraryImport(ImageFiles)]
    internal static partial Status imdecode(byte* bytes, int length, int flags, out MatHandle result);

    [LibraryImport(ImageFiles, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status imwrite(string path, MatHandle image, int[] parameters, int count, out int written);

    [LibraryImport(ImageFiles, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status imencode(
        string extension, MatHandle image, int[] parameters, int count, out BytesHandle result, out int encoded);

    [LibraryImport(ImageFiles)]
    internal static partial byte* bytes_data(BytesHandle bytes);

    [LibraryImport(ImageFiles)]
    internal static partial nint bytes_length(BytesHandle bytes);

    [LibraryImport(ImageFiles)]
    internal static partial void bytes_delete(nint bytes);

    // videoio.cpp
    [LibraryImport(Video)]
    internal static partial Status capture_create(out CaptureHandle result);

    [LibraryImport(Video)]
    internal static partial void capture_delete(nint capture);

    [LibraryImport(Video, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status capture_open_file(
        CaptureHandle capture, string path, int api, int[] parameters, int count, out int opened);

    [LibraryImport(Video)]
    internal static partial Status capture_open_index(
        CaptureHandle capture, int index, int api, int[] parameters, int count, out int opened);

    [LibraryImport(Video)]
    internal static partial int capture_is_opened(CaptureHandle capture);

    [LibraryImport(Video)]
    internal static partial Status capture_release(CaptureHandle capture);

    [LibraryImport(Video)]
    internal static partial Status capture_grab(CaptureHandle capture, out int grabbed);

    [LibraryImport(Video)]
    internal static partial Status capture_retrieve(CaptureHandle capture, MatHandle image, int flag, out int retrieved);

    [LibraryImport(Video)]
    internal static partial Status capture_read(CaptureHandle capture, MatHandle image, out int read);

    [LibraryImport(Video)]
    internal static partial Status capture_get(CaptureHandle capture, int property, out double value);

    [LibraryImport(Video)]
    internal static partial Status capture_set(CaptureHandle capture, int property, double value, out int accepted);

    [LibraryImport(Video)]
    internal static partial Status capture_backend_name(CaptureHandle capture, out byte* name);

    [LibraryImport(Video)]
    internal static partial Status writer_create(out WriterHandle result);

    [LibraryImport(Video)]
    internal static partial void writer_delete(nint writer);

    [LibraryImport(Video, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial Status writer_open(
        WriterHandle writer, string path, int api, int fourcc, double fps, Size size, int color, out int opened);

    [LibraryImport(Video)]
    internal static partial int writer_is_opened(WriterHandle writer);

    [LibraryImport(Video)]
    internal static partial Status writer_write(WriterHandle writer, MatHandle image);

    [LibraryImport(Video)]
    internal static partial Status writer_release(WriterHandle writer);
}

internal enum Status
{
    Ok = 0,
    Failed = 1,
}
