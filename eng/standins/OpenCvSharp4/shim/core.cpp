#include "shim.h"

#include <opencv2/core/utility.hpp>

cv::Exception &last_exception()
{
    static thread_local cv::Exception exception;
    return exception;
}

SHIM void last_error(int *code, const char **function, const char **message, const char **file, int *line)
{
    const cv::Exception &exception = last_exception();
    *code = exception.code;
    *function = exception.func.c_str();
    *message = exception.err.c_str();
    *file = exception.file.c_str();
    *line = exception.line;
}

SHIM const char *build_information() { return cv::getBuildInformation().c_str(); }

SHIM const char *version_string() { return CV_VERSION; }

SHIM Status set_num_threads(int threads)
{
    return guarded([&] { cv::setNumThreads(threads); });
}

SHIM int get_num_threads() { return cv::getNumThreads(); }

SHIM Status mat_create_empty(cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(); });
}

SHIM Status mat_create(int rows, int cols, int type, cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(rows, cols, type); });
}

SHIM Status mat_create_over(int rows, int cols, int type, void *data, size_t step, cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(rows, cols, type, data, step); });
}

SHIM Status mat_create_region(const cv::Mat *mat, Rect region, cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(*mat, native(region)); });
}

SHIM void mat_delete(cv::Mat *mat) { delete mat; }

SHIM int mat_rows(const cv::Mat *mat) { return mat->rows; }

SHIM int mat_cols(const cv::Mat *mat) { return mat->cols; }

SHIM int mat_dims(const cv::Mat *mat) { return mat->dims; }

SHIM int mat_type(const cv::Mat *mat) { return mat->type(); }

SHIM void *mat_data(const cv::Mat *mat) { return mat->data; }

SHIM size_t mat_step(const cv::Mat *mat) { return mat->dims > 0 ? mat->step[0] : 0; }

SHIM size_t mat_elem_size(const cv::Mat *mat) { return mat->dims > 0 ? mat->elemSize() : 0; }

SHIM int mat_is_continuous(const cv::Mat *mat) { return mat->isContinuous(); }

SHIM int mat_is_empty(const cv::Mat *mat) { return mat->empty(); }

SHIM Status mat_clone(const cv::Mat *mat, cv::Mat **result)
{
    return guarded([&] { *result = new cv::Mat(mat->clone()); });
}

SHIM Status mat_reallocate(cv::Mat *mat, int rows, int cols, int type)
{
    return guarded([&] { mat->create(rows, cols, type); });
}

SHIM Status mat_copy_to(const cv::Mat *mat, cv::Mat *target)
{
    return guarded([&] { mat->copyTo(*target); });
}

SHIM Status mat_convert_to(const cv::Mat *mat, cv::Mat *target, int type, double alpha, double beta)
{
    return guarded([&] { mat->convertTo(*target, type, alpha, beta); });
}

SHIM Status mat_set_to(cv::Mat *mat, Scalar value)
{
    return guarded([&] { mat->setTo(native(value)); });
}

SHIM Status rotate(const cv::Mat *source, cv::Mat *target, int code)
{
    return guarded([&] { cv::rotate(*source, *target, code); });
}

SHIM Status flip(const cv::Mat *source, cv::Mat *target, int code)
{
    return guarded([&] { cv::flip(*source, *target, code); });
}
