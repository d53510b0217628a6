namespace OpenCvSharp;

/// <summary>OpenCV's free functions: what it is, and its image files.</summary>
public static unsafe partial class Cv2
{
    public static string GetVersionString() => Native.Text(Native.version_string());

    /// <summary>What OpenCV was built with: its video back ends, its codecs, its compiler.</summary>
    public static string GetBuildInformation() => Native.Text(Native.build_information());

    /// <summary>Threads of OpenCV's own parallel loops: 1 runs them in the caller, a negative number restores the default.</summary>
    public static void SetNumThreads(int nThreads) => Native.Check(Native.set_num_threads(nThreads));

    public static int GetNumThreads() => Native.get_num_threads();

    /// <summary>An empty matrix where the file cannot be read.</summary>
    public static Mat ImRead(string fileName, ImreadModes flags = ImreadModes.Color) => new(ReadImage(fileName, flags));

    /// <inheritdoc cref="ImDecode(ReadOnlySpan{byte}, ImreadModes)"/>
    public static Mat ImDecode(byte[] buf, ImreadModes flags)
    {
        ArgumentNullException.ThrowIfNull(buf);
        return ImDecode(buf.AsSpan(), flags);
    }

    /// <summary>An empty matrix where the bytes are no image.</summary>
    public static Mat ImDecode(ReadOnlySpan<byte> span, ImreadModes flags)
    {
        if (span.IsEmpty)
            throw new ArgumentException("There are no bytes to decode.", nameof(span));
        fixed (byte* bytes = span)
        {
            Native.Check(Native.imdecode(bytes, span.Length, (int)flags, out MatHandle handle));
            return new(handle);
        }
    }

    public static bool ImWrite(string fileName, Mat img, int[]? prms = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        ArgumentNullException.ThrowIfNull(img);
        prms ??= [];
        Native.Check(Native.imwrite(fileName, img.Handle, prms, prms.Length, out int written));
        return written != 0;
    }

    public static bool ImWrite(string fileName, Mat img, params ImageEncodingParam[] prms) => ImWrite(fileName, img, Pairs(prms));

    public static bool ImEncode(string ext, Mat img, out byte[] buf, int[]? prms = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(ext);
        ArgumentNullException.ThrowIfNull(img);
        prms ??= [];
        Native.Check(Native.imencode(ext, img.Handle, prms, prms.Length, out BytesHandle handle, out int encoded));
        using (handle)
            buf = new ReadOnlySpan<byte>(Native.bytes_data(handle), (int)Native.bytes_length(handle)).ToArray();
        return encoded != 0;
    }

    public static void ImEncode(string ext, Mat img, out byte[] buf, params ImageEncodingParam[] prms) =>
        ImEncode(ext, img, out buf, Pairs(prms));

    internal static MatHandle ReadImage(string fileName, ImreadModes flags)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        Native.Check(Native.imread(fileName, (int)flags, out MatHandle handle));
        return handle;
    }

    private static int[] Pairs(ImageEncodingParam[] parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        int[] pairs = new int[parameters.Length * 2];
        for (int i = 0; i < parameters.Length; i++)
            (pairs[2 * i], pairs[(2 * i) + 1]) = ((int)parameters[i].EncodingId, parameters[i].Value);
        return pairs;
    }
}
