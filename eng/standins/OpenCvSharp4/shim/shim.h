// A C interface to the few functions of OpenCV that the OpenCvSharp4 stand-in offers.
//
// Every function that can fail returns Status; results go through the last arguments. A C++ exception never
// crosses this border: it is kept per thread, and last_error() tells what it said.
//
// There are three libraries: who reads no videos loads no FFmpeg and GStreamer, and who reads no picture files none of what Debian's
// imgcodecs is linked with (GDAL and 120 more), which are tens of megabytes and a tenth of a second.
#pragma once

#include <opencv2/core.hpp>

#define SHIM extern "C" __attribute__((visibility("default")))

enum Status : int { Ok = 0, Failed = 1 };

struct Point { int x, y; };
struct Size { int width, height; };
struct Rect { int x, y, width, height; };
struct Scalar { double value[4]; };

inline cv::Point native(Point p) { return {p.x, p.y}; }
inline cv::Size native(Size s) { return {s.width, s.height}; }
inline cv::Rect native(Rect r) { return {r.x, r.y, r.width, r.height}; }
inline cv::Scalar native(const Scalar &s) { return {s.value[0], s.value[1], s.value[2], s.value[3]}; }

/// The last exception of this thread, until the next one; the same for all three libraries.
__attribute__((visibility("default"))) cv::Exception &last_exception();

/// Runs `action`; an exception becomes Failed.
template <class Action> Status guarded(Action &&action)
{
    try
    {
        action();
        return Ok;
    }
    catch (const cv::Exception &exception)
    {
        last_exception() = exception;
    }
    catch (const std::exception &exception)
    {
        last_exception() = cv::Exception(cv::Error::StsError, exception.what(), "", "", 0);
    }
    catch (...)
    {
        last_exception() = cv::Exception(cv::Error::StsError, "unknown C++ exception", "", "", 0);
    }
    return Failed;
}
