namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>
/// A Kalman filter of one coordinate that moves at a nearly constant speed (white noise acceleration; Bar-Shalom, Li, Kirubarajan:
/// Estimation with Applications to Tracking and Navigation, 2001, 6.2). Time in seconds, so that any frame rate and any jitter give the
/// same motion.
/// </summary>
internal struct Motion
{
    private double _positionVariance;
    private double _covariance;
    private double _velocityVariance;

    /// <param name="position">First measurement.</param>
    /// <param name="deviation">Its standard deviation.</param>
    /// <param name="velocityDeviation">Standard deviation of the unknown velocity about 0, per second.</param>
    public Motion(double position, double deviation, double velocityDeviation)
    {
        Position = position;
        _positionVariance = deviation * deviation;
        _velocityVariance = velocityDeviation * velocityDeviation;
    }

    public double Position { get; private set; }

    /// <summary>Per second.</summary>
    public double Velocity { get; private set; }

    /// <summary>Standard deviation of <see cref="Position"/>.</summary>
    public readonly double Deviation => Math.Sqrt(_positionVariance);

    /// <summary>Lets time pass.</summary>
    /// <param name="seconds">Not negative.</param>
    /// <param name="agility">Standard deviation of the change of velocity within one second.</param>
    public void Predict(double seconds, double agility)
    {
        double noise = agility * agility;
        Position += Velocity * seconds;
        _positionVariance += (seconds * ((2 * _covariance) + (seconds * _velocityVariance))) + (noise * seconds * seconds * seconds / 3);
        _covariance += (seconds * _velocityVariance) + (noise * seconds * seconds / 2);
        _velocityVariance += noise * seconds;
    }

    /// <summary>Takes in a measurement.</summary>
    public void Correct(double measured, double deviation)
    {
        double innovation = _positionVariance + (deviation * deviation);
        double gain = _positionVariance / innovation, velocityGain = _covariance / innovation;
        double surprise = measured - Position;
        Position += gain * surprise;
        Velocity += velocityGain * surprise;
        _velocityVariance -= velocityGain * _covariance;
        _covariance -= gain * _covariance;
        _positionVariance -= gain * _positionVariance;
    }
}
