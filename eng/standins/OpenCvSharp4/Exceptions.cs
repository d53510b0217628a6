namespace OpenCvSharp;

/// <summary>OpenCV refused a call; the fields are those of cv::Exception.</summary>
public class OpenCVException(ErrorCode status, string funcName, string errMsg, string fileName, int line) : Exception(errMsg)
{
    /// <summary>OpenCV's error code.</summary>
    public ErrorCode Status { get; set; } = status;

    /// <summary>The C++ function that threw.</summary>
    public string FuncName { get; set; } = funcName;

    /// <summary>What it said.</summary>
    public string ErrMsg { get; set; } = errMsg;

    /// <summary>The C++ file that threw.</summary>
    public string FileName { get; set; } = fileName;

    /// <summary>The line in <see cref="FileName"/>.</summary>
    public int Line { get; set; } = line;
}

/// <summary>The binding itself refused a call.</summary>
public class OpenCvSharpException(string message) : Exception(message);

/// <summary>The codes of cv::Error::Code that the offered functions throw.</summary>
public enum ErrorCode
{
    StsOk = 0,
    StsBackTrace = -1,
    StsError = -2,
    StsInternal = -3,
    StsNoMem = -4,
    StsBadArg = -5,
    StsBadFunc = -6,
    StsNullPtr = -27,
    StsBadSize = -201,
    StsUnmatchedFormats = -205,
    StsBadFlag = -206,
    StsUnmatchedSizes = -209,
    StsUnsupportedFormat = -210,
    StsOutOfRange = -211,
    StsParseError = -212,
    StsNotImplemented = -213,
    StsAssert = -215,
}
