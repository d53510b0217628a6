namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>Where a pixel looks: OpenCV's pinhole model with Brown's distortion (OpenCV documentation, calib3d).</summary>
internal sealed class Lens
{
    private const int MostIterations = 50;

    private readonly LensOptions _calibration;
    private readonly double _tangentOfHalfWidth;

    /// <exception cref="EdgeException">The calibration is incomplete.</exception>
    public Lens(LensOptions calibration, double fieldOfViewDegrees)
    {
        _calibration = calibration;
        _tangentOfHalfWidth = Math.Tan(fieldOfViewDegrees * Math.PI / 360);
        Calibrated = calibration.Fx != 0;
        if (!Calibrated) return;
        if (!(calibration.Fx > 0) || !(calibration.Fy > 0) || calibration.Width <= 0 || calibration.Height <= 0)
        {
            throw new EdgeException(
                "Aim:Lens needs Fx and Fy above 0, and Width and Height of the pictures that were used to calibrate; Fx of 0 means not calibrated.");
        }
    }

    public bool Calibrated { get; }

    /// <summary>The direction of a point of the picture.</summary>
    /// <param name="x">Pixels from the left.</param>
    /// <param name="y">Pixels from the top.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <returns>What lies at depth 1 there: x to the right, y downwards.</returns>
    public (double X, double Y) Direction(double x, double y, int width, int height)
    {
        if (!Calibrated)
        {
            double pixel = _tangentOfHalfWidth / (width / 2.0);
            return ((x - (width / 2.0)) * pixel, (y - (height / 2.0)) * pixel);
        }
        double scaleX = (double)_calibration.Width / width, scaleY = (double)_calibration.Height / height;
        // OpenCV counts pixel centres from 0, boxes count edges.
        return Undistort(
            ((x * scaleX) - 0.5 - _calibration.Cx) / _calibration.Fx,
            ((y * scaleY) - 0.5 - _calibration.Cy) / _calibration.Fy);
    }

    /// <summary>Inverts the distortion by fixed-point iteration.</summary>
    private (double X, double Y) Undistort(double distortedX, double distortedY)
    {
        LensOptions c = _calibration;
        double x = distortedX, y = distortedY;
        for (int i = 0; i < MostIterations; i++)
        {
            double r2 = (x * x) + (y * y);
            double radial = 1 + (r2 * (c.K1 + (r2 * (c.K2 + (r2 * c.K3)))));
            double nextX = (distortedX - (2 * c.P1 * x * y) - (c.P2 * (r2 + (2 * x * x)))) / radial;
            double nextY = (distortedY - (c.P1 * (r2 + (2 * y * y))) - (2 * c.P2 * x * y)) / radial;
            // Beyond the field that was calibrated the polynomial may fold over: the plain pinhole is the better guess there.
            if (!(radial > 0) || !double.IsFinite(nextX + nextY)) return (distortedX, distortedY);
            bool settled = Math.Abs(nextX - x) + Math.Abs(nextY - y) < 1e-9;
            (x, y) = (nextX, nextY);
            if (settled) break;
        }
        return (x, y);
    }
}
