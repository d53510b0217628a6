using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>What the tracker knows of one object. Objects are reused, so that tracking allocates nothing.</summary>
internal sealed class Trajectory
{
    /// <summary>A detector's box edges tremble by about a twentieth of the object's size (as in SORT, DeepSORT and ByteTrack).</summary>
    private const double MeasurementDeviation = 0.05;

    /// <summary>Standard deviation of a new object's speed, in heights per second: a walking person does about one.</summary>
    private const double InitialSpeed = 2;

    /// <summary>Sizes change more slowly than places.</summary>
    private const double SizeAgility = 0.25;

    private Motion _x;
    private Motion _y;
    private Motion _width;
    private Motion _height;
    private double _begun;

    /// <summary>1 to 255; 0 until it is confirmed, so that false detections use up none.</summary>
    public byte Id { get; set; }

    public int ClassId { get; private set; }

    public float Confidence { get; private set; }

    /// <summary>Seen often and long enough to be reported.</summary>
    public bool Confirmed { get; private set; }

    /// <summary>Detected in the current frame.</summary>
    public bool Seen { get; private set; }

    /// <summary>When it was seen last, in seconds of the tracker's clock.</summary>
    public double LastSeen { get; private set; }

    /// <summary>Where it is at the time of the last prediction or detection.</summary>
    public Box Box { get; private set; }

    /// <summary>The doubt about its place, in pixels: standard deviation of the centre, at most the object's own size.</summary>
    public float Doubt { get; private set; }

    public void Begin(in Detection detection, double now, double confirmSeconds)
    {
        Box box = detection.Box;
        double size = Size(box.Width, box.Height), deviation = MeasurementDeviation * size;
        _x = new Motion(box.CentreX, deviation, InitialSpeed * size);
        _y = new Motion(box.CentreY, deviation, InitialSpeed * size);
        _width = new Motion(box.Width, deviation, SizeAgility * size);
        _height = new Motion(box.Height, deviation, SizeAgility * size);
        (Id, ClassId, Confidence, _begun, LastSeen) = ((byte)0, detection.ClassId, detection.Confidence, now, now);
        Seen = true;
        Confirmed = confirmSeconds <= 0;
        Update();
    }

    public void Predict(double seconds, double agility)
    {
        Seen = false;
        double size = Size(_width.Position, _height.Position);
        _x.Predict(seconds, agility * size);
        _y.Predict(seconds, agility * size);
        _width.Predict(seconds, SizeAgility * agility * size);
        _height.Predict(seconds, SizeAgility * agility * size);
        Update();
    }

    public void Continue(in Detection detection, double now, double confirmSeconds)
    {
        Box box = detection.Box;
        double deviation = MeasurementDeviation * Size(box.Width, box.Height);
        _x.Correct(box.CentreX, deviation);
        _y.Correct(box.CentreY, deviation);
        _width.Correct(box.Width, deviation);
        _height.Correct(box.Height, deviation);
        (ClassId, Confidence, LastSeen, Seen) = (detection.ClassId, detection.Confidence, now, true);
        Confirmed |= now - _begun >= confirmSeconds;
        Update();
    }

    public Track Report(double now) => new(
        Id, Box, ClassId, Confidence, !Seen, (float)_x.Velocity, (float)_y.Velocity, TimeSpan.FromSeconds(now - _begun));

    /// <summary>
    /// Overlap of both boxes after each has grown by the doubt on every side: what may have moved farther may be farther away.
    /// </summary>
    public float Overlap(in Box detected) => Grow(Box, Doubt).IoU(Grow(detected, Doubt));

    private void Update()
    {
        // A shrinking object never vanishes by prediction.
        double width = Math.Max(_width.Position, 1), height = Math.Max(_height.Position, 1);
        Box = new Box((float)(_x.Position - (width / 2)), (float)(_y.Position - (height / 2)), (float)width, (float)height);
        Doubt = (float)Math.Min(Math.Max(_x.Deviation, _y.Deviation), Size(width, height));
    }

    private static double Size(double width, double height) => Math.Max(Math.Sqrt(Math.Max(width, 1) * Math.Max(height, 1)), 1);

    private static Box Grow(Box box, float by) => new(box.X - by, box.Y - by, box.Width + (2 * by), box.Height + (2 * by));
}
