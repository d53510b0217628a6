#include "shim.h"

#include <opencv2/imgproc.hpp>

SHIM Status resize(const cv::Mat *source, cv::Mat *target, Size size, double fx, double fy, int interpolation)
{
    return guarded([&] { cv::resize(*source, *target, native(size), fx, fy, interpolation); });
}

SHIM Status cvt_color(const cv::Mat *source, cv::Mat *target, int code, int target_channels)
{
    return guarded([&] { cv::cvtColor(*source, *target, code, target_channels); });
}

SHIM Status gaussian_blur(const cv::Mat *source, cv::Mat *target, Size kernel, double sigma_x, double sigma_y, int border)
{
    return guarded([&] { cv::GaussianBlur(*source, *target, native(kernel), sigma_x, sigma_y, border); });
}

SHIM Status rectangle(cv::Mat *image, Rect rect, Scalar color, int thickness, int line_type, int shift)
{
    return guarded([&] { cv::rectangle(*image, native(rect), native(color), thickness, line_type, shift); });
}

SHIM Status rectangle_of_corners(cv::Mat *image, Point a, Point b, Scalar color, int thickness, int line_type, int shift)
{
    return guarded([&] { cv::rectangle(*image, native(a), native(b), native(color), thickness, line_type, shift); });
}

SHIM Status line(cv::Mat *image, Point a, Point b, Scalar color, int thickness, int line_type, int shift)
{
    return guarded([&] { cv::line(*image, native(a), native(b), native(color), thickness, line_type, shift); });
}

SHIM Status circle(cv::Mat *image, Point center, int radius, Scalar color, int thickness, int line_type, int shift)
{
    return guarded([&] { cv::circle(*image, native(center), radius, native(color), thickness, line_type, shift); });
}

SHIM Status put_text(cv::Mat *image, const char *text, Point origin, int font, double scale, Scalar color, int thickness,
                     int line_type, int bottom_left_origin)
{
    return guarded([&] {
        cv::putText(*image, text, native(origin), font, scale, native(color), thickness, line_type, bottom_left_origin != 0);
    });
}

SHIM Status get_text_size(const char *text, int font, double scale, int thickness, int *baseline, Size *result)
{
    return guarded([&] {
        const cv::Size size = cv::getTextSize(text, font, scale, thickness, baseline);
        *result = {size.width, size.height};
    });
}
