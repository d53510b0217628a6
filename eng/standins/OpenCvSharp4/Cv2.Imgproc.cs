namespace OpenCvSharp;

/// <content>Image processing and drawing.</content>
public static partial class Cv2
{
    public static void Resize(
        Mat src, Mat dst, Size dsize, double fx = 0, double fy = 0, InterpolationFlags interpolation = InterpolationFlags.Linear)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        Native.Check(Native.resize(src.Handle, dst.Handle, dsize, fx, fy, (int)interpolation));
    }

    public static void CvtColor(Mat src, Mat dst, ColorConversionCodes code, int dstCn = 0)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        Native.Check(Native.cvt_color(src.Handle, dst.Handle, (int)code, dstCn));
    }

    public static void Rotate(Mat src, Mat dst, RotateFlags rotateCode)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        Native.Check(Native.rotate(src.Handle, dst.Handle, (int)rotateCode));
    }

    public static void Flip(Mat src, Mat dst, FlipMode flipCode)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        Native.Check(Native.flip(src.Handle, dst.Handle, (int)flipCode));
    }

    public static void GaussianBlur(
        Mat src, Mat dst, Size ksize, double sigmaX, double sigmaY = 0, BorderTypes borderType = BorderTypes.Default)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        Native.Check(Native.gaussian_blur(src.Handle, dst.Handle, ksize, sigmaX, sigmaY, (int)borderType));
    }

    /// <param name="thickness">In pixels; negative fills the rectangle.</param>
    public static void Rectangle(
        Mat img, Rect rect, Scalar color, int thickness = 1, LineTypes lineType = LineTypes.Link8, int shift = 0)
    {
        ArgumentNullException.ThrowIfNull(img);
        Native.Check(Native.rectangle(img.Handle, rect, color, thickness, (int)lineType, shift));
    }

    public static void Rectangle(
        Mat img, Point pt1, Point pt2, Scalar color, int thickness = 1, LineTypes lineType = LineTypes.Link8, int shift = 0)
    {
        ArgumentNullException.ThrowIfNull(img);
        Native.Check(Native.rectangle_of_corners(img.Handle, pt1, pt2, color, thickness, (int)lineType, shift));
    }

    public static void Line(
        Mat img, Point pt1, Point pt2, Scalar color, int thickness = 1, LineTypes lineType = LineTypes.Link8, int shift = 0)
    {
        ArgumentNullException.ThrowIfNull(img);
        Native.Check(Native.line(img.Handle, pt1, pt2, color, thickness, (int)lineType, shift));
    }

    public static void Line(
        Mat img, int pt1X, int pt1Y, int pt2X, int pt2Y, Scalar color, int thickness = 1, LineTypes lineType = LineTypes.Link8,
        int shift = 0) =>
        Line(img, new Point(pt1X, pt1Y), new Point(pt2X, pt2Y), color, thickness, lineType, shift);

    public static void Circle(
        Mat img, Point center, int radius, Scalar color, int thickness = 1, LineTypes lineType = LineTypes.Link8, int shift = 0)
    {
        ArgumentNullException.ThrowIfNull(img);
        Native.Check(Native.circle(img.Handle, center, radius, color, thickness, (int)lineType, shift));
    }

    public static void Circle(
        Mat img, int centerX, int centerY, int radius, Scalar color, int thickness = 1, LineTypes lineType = LineTypes.Link8,
        int shift = 0) =>
        Circle(img, new Point(centerX, centerY), radius, color, thickness, lineType, shift);

    public static void PutText(
        Mat img,
        string text,
        Point org,
        HersheyFonts fontFace,
        double fontScale,
        Scalar color,
        int thickness = 1,
        LineTypes lineType = LineTypes.Link8,
        bool bottomLeftOrigin = false)
    {
        ArgumentNullException.ThrowIfNull(img);
        ArgumentException.ThrowIfNullOrEmpty(text);
        Native.Check(Native.put_text(
            img.Handle, text, org, (int)fontFace, fontScale, color, thickness, (int)lineType, bottomLeftOrigin ? 1 : 0));
    }

    /// <param name="baseLine">Pixels from the text's lowest point to its baseline.</param>
    public static Size GetTextSize(string text, HersheyFonts fontFace, double fontScale, int thickness, out int baseLine)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        Native.Check(Native.get_text_size(text, (int)fontFace, fontScale, thickness, out baseLine, out Size size));
        return size;
    }
}
