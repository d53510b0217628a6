namespace EdgeCnn.Training.Scenes;

/// <summary>Puts a scene together: a camera, a room, objects where the camera sees them, and clutter.</summary>
internal sealed class Arena
{
    public const int Ball = 0, Cone = 1, Cube = 2, Target = 3, Duck = 4;

    private const int Attempts = 25;

    /// <summary>The owner of solids that come with an object and are no part of it: the paper under a mark, the box under a ball.</summary>
    private const int NoPart = -2;

    private readonly List<Body> _bodies = [];
    private readonly float _aspect;
    private readonly (float Yaw, float Pitch, float Roll, float Focal, float Barrel) _camera;
    private readonly float _height;
    private readonly float _sway;
    private Random64 _random;

    /// <param name="seed">Decides everything.</param>
    /// <param name="aspect">Width of the picture over its height.</param>
    /// <param name="only">The class of the one object that there is, in the middle; -1 for none; null for any number of any.</param>
    /// <param name="duck">Whether there is a duck too.</param>
    public Arena(ulong seed, float aspect, int? only = null, bool duck = false)
    {
        _random = Random64.For(seed, 1, 0);
        _aspect = aspect;
        float up = _random.Single();
        _height = 0.06f + (1.2f * up * up);
        float low = Math.Min(1, _height);
        _camera = (
            0, Angle.Degrees(_random.Between(-4, 10) + (_random.Between(0, 38) * low)),
            Angle.Degrees(_random.Normal() * (_random.Chance(0.15) ? 8 : 1.5f)),
            _random.Between(0.55f, 1.3f), _random.Chance(0.4) ? _random.Between(0, 0.2f) : 0);
        _sway = _random.Between(0.3f, 1);
        Room = Room.Make(ref _random);
        Light = Light.Make(ref _random);
        if (only is { } classId) PlaceOne(classId);
        else Place(_random.Chance(0.08) ? 0 : 1 + Math.Min(_random.Below(9), _random.Below(9)));
        for (int attempt = 0; duck && attempt < Attempts && !TryToSee(Duck); attempt++)
        {
        }
        int clutter = _random.Chance(0.15) ? 0 : 1 + _random.Below(12);
        for (int i = 0; i < clutter; i++) AddClutter();
        if (_random.Chance(0.3)) AddOccluder();
        Stage = new Stage(Room, Light, [.. _bodies.SelectMany(body => body.Solids)], Own());
    }

    public Room Room { get; }

    public Light Light { get; }

    public IReadOnlyList<Body> Bodies => _bodies;

    /// <summary>Everything, as it was at the time that was asked for last.</summary>
    public Stage Stage { get; }

    /// <summary>Classes of the objects, by owner.</summary>
    public IEnumerable<int> Classes => _bodies.Where(body => body.ClassId >= 0).Select(body => body.ClassId);

    /// <summary>The camera looks around a little.</summary>
    public View ViewAt(double seconds)
    {
        float side = 0.08f * _sway * Angle.Sin(0.31 * seconds), ahead = 0.1f * _sway * Angle.Sin(0.23 * seconds);
        float yaw = _sway * 0.16f * Angle.Sin(0.47 * seconds), pitch = _sway * 0.03f * Angle.Sin(0.9 * seconds);
        return View.Of(new(side, ahead, _height), _camera.Yaw + yaw, _camera.Pitch + pitch, _camera.Roll, _camera.Focal, _camera.Barrel);
    }

    /// <summary>Puts everything where it is at a time.</summary>
    public Stage At(double seconds)
    {
        Stage.View = ViewAt(seconds);
        Stage.Shadows.Clear();
        foreach (Body body in _bodies)
        {
            body.MoveTo(seconds);
            body.CastShadows(Light, seconds, Stage.Shadows);
        }
        return Stage;
    }

    /// <summary>Says of each solid whose it is, and how many objects there are.</summary>
    private int Own()
    {
        int owners = 0;
        foreach (Body body in _bodies)
        {
            int own = body.ClassId >= 0 ? owners++ : -1;
            foreach (Solid solid in body.Solids.Where(solid => solid.Owner != NoPart)) solid.Owner = own;
        }
        return owners;
    }

    private void Place(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int classId = _random.Below(4);
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                if (TryToSee(classId)) break;
            }
        }
    }

    private bool TryToSee(int classId)
    {
        // Most objects are small in the picture; some fill it.
        float share = _random.Between(0.18f, 0.72f), seen = 0.035f + (0.95f * share * share * share);
        return Try(classId, seen, _random.Between(-0.48f, 0.48f));
    }

    private void PlaceOne(int classId)
    {
        for (int attempt = 0; attempt < 4 * Attempts && classId >= 0; attempt++)
        {
            if (Try(classId, _random.Between(0.12f, 0.3f), _random.Between(-0.3f, 0.3f))) return;
        }
    }

    /// <summary>Puts an object so far away that it is seen as large as wanted.</summary>
    /// <param name="classId">What it is.</param>
    /// <param name="seen">Its size in widths of the picture.</param>
    /// <param name="across">Where it is seen, in widths of the picture from the middle.</param>
    private bool Try(int classId, float seen, float across)
    {
        float size = classId switch
        {
            Ball => 2 * (_random.Chance(0.5) ? _random.Between(0.02f, 0.05f) : _random.Between(0.05f, 0.13f)),
            Cone => _random.Between(0.1f, 0.6f),
            Cube => _random.Between(0.04f, 0.35f),
            Duck => _random.Between(0.08f, 0.25f),
            _ => _random.Between(0.08f, 0.6f),
        };
        View view = ViewAt(0);
        float depth = view.Focal * size / seen;
        if (depth < 0.12f || depth > 12) return false;
        bool floats = _random.Chance(classId == Ball ? 0.22 : classId == Target ? 0.55 : 0.07);
        float stand = !floats && _random.Chance(0.15) ? _random.Between(0.05f, 0.5f) : 0;
        Vector place;
        if (floats)
        {
            Vector ray = view.Ray(across, _random.Between(-0.45f, 0.45f) / _aspect);
            place = view.Eye + (ray * depth);
            if (place.Z < size * 0.55f) return false;
            place -= new Vector(0, 0, size / 2);
        }
        else
        {
            // Solve for the point at that depth whose middle is at the right height above the floor, and see whether the picture holds it.
            float z = stand + (size / 2), x = across / view.Focal * depth;
            float y = (depth + ((z - view.Eye.Z) * -view.Forward.Z)) / view.Forward.Y;
            place = new(view.Eye.X + x, view.Eye.Y + y, stand);
            if (view.Project(place + new Vector(0, 0, size / 2)) is not { } at || Math.Abs(at.Y) > 0.52f / _aspect
                || Math.Abs(at.X) > 0.52f)
                return false;
        }
        if (place.Y < 0.1f || place.Y > Room.Far - (size / 2) || place.X < Room.Left + (size / 2) || place.X > Room.Right - (size / 2))
            return false;
        if (IsTaken(place, size / 2)) return false;
        _bodies.Add(Object(classId, place, size, floats, stand));
        return true;
    }

    private bool IsTaken(Vector place, float radius) => _bodies.Any(body =>
        ((body.Origin - place) with { Z = 0 }).Length < body.Radius + radius && Math.Abs(body.Origin.Z - place.Z) < radius + body.Radius);

    private Body Object(int classId, Vector place, float size, bool floats, float stand)
    {
        Motion motion = Motion.Make(size, classId == Ball, ref _random);
        if (stand > 0) motion = motion with { SwingX = 0, SwingY = 0, Bounce = 0, Spin = 0 };
        List<Solid> solids = classId switch
        {
            Ball => [new Sphere(Pose.Tumbled(place + new Vector(0, 0, size / 2), ref _random), size / 2, Balls.Make(ref _random))],
            Cone => [.. Cones.Make(ConePose(place, size, floats), size, ref _random)],
            Cube => [new Block(CubePose(place, size, floats), Vector.One * (size / 2), Cubes.Make(size / 2, ref _random))],
            Duck => Ducks.Make(Pose.Upright(place, _random.Between(0, MathF.Tau)), size, ref _random),
            _ => Mark(place, size, floats),
        };
        if (classId == Target) motion = default;
        if (stand > 0)
        {
            Block pedestal = Clutter.Pedestal(place, size * 0.5f, stand, ref _random);
            pedestal.Owner = NoPart;
            solids.Add(pedestal);
            motion = default;
        }
        float radius = classId switch { Cone => size * 0.4f, Cube => size * 0.62f, _ => size / 2 };
        return new(solids, place, radius, size, classId, motion);
    }

    private Pose ConePose(Vector place, float size, bool floats)
    {
        if (floats) return Pose.Tumbled(place + new Vector(0, 0, size / 2), ref _random);
        if (!_random.Chance(0.1)) return Pose.Upright(place, _random.Between(0, 3));
        // Fallen over: it lies on its side.
        Vector axis = new Vector(1, 0, -0.15f).Unit, side = new(0, 1, 0);
        Pose lying = new(place + new Vector(0, 0, size * 0.36f), side.Cross(axis), side, axis);
        return lying.Rolled(Vector.Up, _random.Between(0, MathF.Tau));
    }

    private Pose CubePose(Vector place, float size, bool floats)
    {
        Vector middle = place + new Vector(0, 0, size / 2);
        return floats ? Pose.Tumbled(middle, ref _random) : Pose.Upright(middle, _random.Between(0, MathF.Tau));
    }

    /// <summary>On the wall, on a stand, or flat on the floor.</summary>
    private List<Solid> Mark(Vector place, float size, bool floats)
    {
        bool flat = !floats && _random.Chance(0.4);
        Vector facing = flat
            ? Vector.Up
            : new Vector(_random.Between(-0.7f, 0.7f), -1, floats ? _random.Between(-0.2f, 0.2f) : _random.Between(0, 0.3f)).Unit;
        Vector across = flat ? new(1, 0, 0) : facing.Cross(Vector.Up).Unit;
        Pose pose = new(flat ? place + new Vector(0, 0, 0.01f + (0.1f * size)) : place + new Vector(0, 0, size / 2), across,
            facing.Cross(across), facing);
        pose = pose.Rolled(facing, flat ? _random.Between(0, 6) : 0.1f * _random.Normal());
        if (flat) pose = pose with { Origin = place + new Vector(0, 0, 0.012f + (0.06f * size)) };
        (Solid mark, Solid? paper) = Targets.Make(pose, size / 2, ref _random);
        if (paper is null) return [mark];
        paper.Owner = NoPart;
        return [mark, paper];
    }

    private void AddClutter()
    {
        Vector place = new(_random.Between(Room.Left, Room.Right) * 0.95f, _random.Between(0.4f, 1) * (Room.Far - 0.1f), 0);
        Body body = Clutter.Make(place, ref _random);
        if (!IsTaken(place, body.Radius)) _bodies.Add(body);
    }

    /// <summary>Something between the camera and an object.</summary>
    private void AddOccluder()
    {
        Body[] objects = [.. _bodies.Where(body => body.ClassId >= 0)];
        if (objects.Length == 0) return;
        Body chosen = objects[_random.Below(objects.Length)];
        View view = ViewAt(0);
        Vector to = chosen.Origin - view.Eye;
        Vector place = (view.Eye + (to * _random.Between(0.5f, 0.8f))) with { Z = 0 };
        place += new Vector(_random.Between(-1, 1) * chosen.Radius, 0, 0);
        Body body = Clutter.Make(place, ref _random);
        if (!IsTaken(place, body.Radius) && (place - view.Eye).Length > 2.5f * body.Radius) _bodies.Add(body);
    }
}
