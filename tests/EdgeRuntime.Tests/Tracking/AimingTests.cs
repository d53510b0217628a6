using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tests.Tracking;

public class AimingTests
{
    private static readonly string[] Labels = ["person", "cat"];

    [Fact]
    public void Yaw_is_positive_to_the_right_and_pitch_upwards()
    {
        Target rightAndUp = Aim(new AimOptions(), 500, 100), leftAndDown = Aim(new AimOptions(), 140, 380), ahead = Aim(
            new AimOptions(), 320, 240);
        Assert.True(rightAndUp is { YawDegrees: > 5, PitchDegrees: > 5 });
        Assert.True(leftAndDown is { YawDegrees: < -5, PitchDegrees: < -5 });
        Assert.Equal((0f, 0f, false), (ahead.YawDegrees, ahead.PitchDegrees, ahead.LensCalibrated));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(120)]
    public void The_pictures_edge_lies_at_half_the_field_of_view(float fieldOfView)
    {
        AimOptions options = new() { FieldOfView = fieldOfView };
        Assert.Equal(fieldOfView / 2, Aim(options, 640, 240).YawDegrees, 1e-3f);
        Assert.Equal(-fieldOfView / 2, Aim(options, 0, 240).YawDegrees, 1e-3f);
    }

    [Fact]
    public void Turning_by_yaw_and_then_by_pitch_points_at_the_object()
    {
        AimOptions options = new() { FieldOfView = 90 };
        Target target = Aim(options, 560, 60);
        double yaw = target.YawDegrees * Math.PI / 180, pitch = target.PitchDegrees * Math.PI / 180;
        // The direction that a head with these angles looks at, projected back into the picture (focal length 320 pixels).
        double x = Math.Sin(yaw) * Math.Cos(pitch), y = -Math.Sin(pitch), z = Math.Cos(yaw) * Math.Cos(pitch);
        Assert.Equal(560, 320 + (320 * x / z), 1e-2);
        Assert.Equal(60, 240 + (320 * y / z), 1e-2);
    }

    /// <summary>Points that were projected by the forward formulas of OpenCV's camera model.</summary>
    [Theory]
    [InlineData(0.5, 0.3)]
    [InlineData(-0.6, 0.4)]
    [InlineData(0.01, -0.45)]
    [InlineData(0, 0)]
    public void Distortion_is_taken_out(double x, double y)
    {
        LensOptions lens = Calibrated();
        double r2 = (x * x) + (y * y), radial = 1 + (lens.K1 * r2) + (lens.K2 * r2 * r2) + (lens.K3 * r2 * r2 * r2);
        double u = (x * radial) + (2 * lens.P1 * x * y) + (lens.P2 * (r2 + (2 * x * x))), v = (y * radial) + (lens.P1 * (r2 + (2 * y * y)))
            + (2 * lens.P2 * x * y);
        Target target = Aim(new AimOptions { Lens = lens }, (lens.Fx * u) + lens.Cx + 0.5, (lens.Fy * v) + lens.Cy + 0.5);
        Assert.True(target.LensCalibrated);
        Assert.Equal(Math.Atan(x) * 180 / Math.PI, target.YawDegrees, 1e-2);
        Assert.Equal(Math.Atan2(-y, Math.Sqrt(1 + (x * x))) * 180 / Math.PI, target.PitchDegrees, 1e-2);
    }

    [Fact]
    public void A_calibration_serves_other_sizes_of_the_picture_too()
    {
        AimOptions options = new() { Lens = Calibrated() };
        Target full = Aim(options, 500, 100), half = new Aiming(options, Labels).Aim(Make(250, 50, 20), 320, 240);
        Assert.Equal(full.YawDegrees, half.YawDegrees, 1e-3f);
        Assert.Equal(full.PitchDegrees, half.PitchDegrees, 1e-3f);
    }

    [Fact]
    public void Distance_follows_from_the_height_of_the_object()
    {
        AimOptions options = new() { FieldOfView = 90, HeightsMm = { ["person"] = 1700 } };
        // 100 pixels high at a focal length of 320: 5.44 m ahead.
        Assert.Equal(5440, Aim(options, 320, 240, 100).DistanceMillimetres, 1f);
        Assert.Equal(5440 * MathF.Sqrt(1.25f), Aim(options, 480, 240, 100).DistanceMillimetres, 1f);
        Assert.Equal(0, Aim(options, 320, 240, 100, classId: 1).DistanceMillimetres);
    }

    [Fact]
    public void An_object_that_the_pictures_edge_cuts_off_has_no_distance()
    {
        AimOptions options = new() { HeightsMm = { ["person"] = 1700 } };
        Assert.Equal(0, Aim(options, 320, 50, 100).DistanceMillimetres);
        Assert.Equal(0, Aim(options, 320, 430, 100).DistanceMillimetres);
    }

    [Fact]
    public void Offsets_of_the_mount_are_added()
    {
        Target target = Aim(new AimOptions { YawOffset = 3, PitchOffset = -2 }, 320, 240);
        Assert.Equal((3f, -2f), (target.YawDegrees, target.PitchDegrees));
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_by_name()
    {
        Refuse("Aim:Lens", new AimOptions { Lens = new LensOptions { Fx = 500 } });
        Refuse("Aim:HeightsMm:person", new AimOptions { HeightsMm = { ["person"] = -1 } });
        Refuse("Aim:HeightsMm", new AimOptions { HeightsMm = { ["lemming"] = 100 } });
        static void Refuse(string setting, AimOptions options) =>
            Assert.Contains(setting, Assert.Throws<EdgeException>(() => new Aiming(options, Labels)).Message, StringComparison.Ordinal);
    }

    private static LensOptions Calibrated() => new()
    {
        Width = 640,
        Height = 480,
        Fx = 520,
        Fy = 515,
        Cx = 318.5,
        Cy = 243,
        K1 = -0.28,
        K2 = 0.09,
        P1 = 0.001,
        P2 = -0.0005,
        K3 = -0.01,
    };

    private static Target Aim(AimOptions options, double x, double y, double size = 20, int classId = 0) =>
        new Aiming(options, Labels).Aim(Make(x, y, size, classId), 640, 480);

    private static Track Make(double x, double y, double size, int classId = 0) =>
        new(1, new Box((float)(x - (size / 2)), (float)(y - (size / 2)), (float)size, (float)size), classId, 0.9f, false, 0, 0,
            TimeSpan.Zero);
}
