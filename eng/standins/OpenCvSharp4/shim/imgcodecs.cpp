#include "shim.h"

#include <opencv2/imgcodecs.hpp>

SHIM Status imread(const char *path, int flags, cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(cv::imread(path, flags)); });
}

SHIM Status imdecode(void *bytes, int length, int flags, cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(cv::imdecode(cv::Mat(1, length, CV_8U, bytes), flags)); });
}

SHIM Status imwrite(const char *path, const cv::Mat *image, const int *parameters, int count, int *written)
{
    return guarded([&] { *written = cv::imwrite(path, *image, std::vector<int>(parameters, parameters + count)); });
}

/// The caller gives the bytes back with bytes_delete.
SHIM Status imencode(const char *extension, const cv::Mat *image, const int *parameters, int count,
                     std::vector<uchar> **result, int *encoded)
{
    return guarded([&] {
        auto bytes = std::make_unique<std::vector<uchar>>();
        *encoded = cv::imencode(extension, *image, *bytes, std::vector<int>(parameters, parameters + count));
        *result = bytes.release();
    });
}

SHIM const uchar *bytes_data(const std::vector<uchar> *bytes) { return bytes->data(); }

SHIM size_t bytes_length(const std::vector<uchar> *bytes) { return bytes->size(); }

SHIM void bytes_delete(std::vector<uchar> *bytes) { delete bytes; }
