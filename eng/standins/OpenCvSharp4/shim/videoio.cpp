#include "shim.h"

#include <opencv2/videoio.hpp>

SHIM Status capture_create(cv::VideoCapture **result)
{
    return guarded([&] { *result = new cv::VideoCapture(); });
}

SHIM void capture_delete(cv::VideoCapture *capture) { delete capture; }

SHIM Status capture_open_file(cv::VideoCapture *capture, const char *path, int api, const int *parameters, int count, int *opened)
{
    return guarded([&] { *opened = capture->open(path, api, std::vector<int>(parameters, parameters + count)); });
}

SHIM Status capture_open_index(cv::VideoCapture *capture, int index, int api, const int *parameters, int count, int *opened)
{
    return guarded([&] { *opened = capture->open(index, api, std::vector<int>(parameters, parameters + count)); });
}

SHIM int capture_is_opened(const cv::VideoCapture *capture) { return capture->isOpened(); }

SHIM Status capture_release(cv::VideoCapture *capture)
{
    return guarded([&] { capture->release(); });
}

SHIM Status capture_grab(cv::VideoCapture *capture, int *grabbed)
{
    return guarded([&] { *grabbed = capture->grab(); });
}

SHIM Status capture_retrieve(cv::VideoCapture *capture, cv::Mat *image, int flag, int *retrieved)
{
    return guarded([&] { *retrieved = capture->retrieve(*image, flag); });
}

SHIM Status capture_read(cv::VideoCapture *capture, cv::Mat *image, int *read)
{
    return guarded([&] { *read = capture->read(*image); });
}

SHIM Status capture_get(const cv::VideoCapture *capture, int property, double *value)
{
    return guarded([&] { *value = capture->get(property); });
}

SHIM Status capture_set(cv::VideoCapture *capture, int property, double value, int *accepted)
{
    return guarded([&] { *accepted = capture->set(property, value); });
}

/// The name is valid on this thread until the next call.
SHIM Status capture_backend_name(const cv::VideoCapture *capture, const char **name)
{
    return guarded([&] {
        static thread_local std::string backend;
        backend = capture->getBackendName();
        *name = backend.c_str();
    });
}

SHIM Status writer_create(cv::VideoWriter **result)
{
    return guarded([&] { *result = new cv::VideoWriter(); });
}

SHIM void writer_delete(cv::VideoWriter *writer) { delete writer; }

SHIM Status writer_open(cv::VideoWriter *writer, const char *path, int api, int fourcc, double fps, Size size, int color, int *opened)
{
    return guarded([&] { *opened = writer->open(path, api, fourcc, fps, native(size), color != 0); });
}

SHIM int writer_is_opened(const cv::VideoWriter *writer) { return writer->isOpened(); }

SHIM Status writer_write(cv::VideoWriter *writer, const cv::Mat *image)
{
    return guarded([&] { writer->write(*image); });
}

SHIM Status writer_release(cv::VideoWriter *writer)
{
    return guarded([&] { writer->release(); });
}
