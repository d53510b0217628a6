using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Scenes;

/// <summary>What is to be drawn.</summary>
/// <param name="room">Around it.</param>
/// <param name="light">That falls on it.</param>
/// <param name="solids">That stand in it, posed.</param>
/// <param name="owners">How many objects they belong to.</param>
internal sealed class Stage(Room room, Light light, Solid[] solids, int owners)
{
    public Room Room => room;

    public Light Light => light;

    public Solid[] Solids => solids;

    public int Owners => owners;

    public View View { get; set; }

    public List<Shadow> Shadows { get; } = [];
}

/// <summary>
/// Casts a ray through the middle of each pixel, to find what is seen there (an id buffer), and four more where two things meet. Light is
/// linear. Memory is kept for the next picture. For one thread.
/// </summary>
internal sealed class Renderer(int width, int height)
{
    private const float LeastShare = 0.5f;
    private const int LeastPixels = 64;

    private readonly float[] _raysX = new float[width * height];
    private readonly float[] _raysY = new float[width * height];
    private readonly float[] _depth = new float[width * height];
    private readonly int[] _ids = new int[width * height];
    private readonly int[] _stamps = new int[width * height];
    private readonly float[] _lit = new float[width * height];
    private Owned[] _owned = [];
    private Box?[] _boxes = [];
    private Stage _stage = null!;
    private View _view;

    public int Width => width;

    public int Height => height;

    /// <summary>Linear red, green and blue, plane by plane.</summary>
    public float[][] Light { get; } = [new float[width * height], new float[width * height], new float[width * height]];

    /// <summary>Another plane, for whoever works on the light.</summary>
    public float[] Spare => _depth;

    /// <summary>The owner of what is seen at a pixel, -1 for none.</summary>
    public int OwnerAt(int pixel) => _ids[pixel] >= 0 ? _stage.Solids[_ids[pixel]].Owner : -1;

    /// <summary>Draws, and gives the box of what is seen of each owner; null for those that are hidden, cut off or too small.</summary>
    /// <param name="stage">What is to be drawn.</param>
    /// <param name="clears">Whether objects without a box are left out of the picture: they would neither be an object nor no
    /// object.</param>
    /// <returns>By owner; until the next picture.</returns>
    public ReadOnlySpan<Box?> Draw(Stage stage, bool clears = true)
    {
        bool sameLens = (_view.Focal, _view.Barrel) == (stage.View.Focal, stage.View.Barrel);
        (_stage, _view) = (stage, stage.View);
        if (!sameLens) PrepareRays();
        if (_owned.Length < stage.Owners) (_owned, _boxes) = (new Owned[stage.Owners], new Box?[stage.Owners]);
        Span<Owned> owned = _owned.AsSpan(0, stage.Owners);
        owned.Clear();
        Identify(owned);
        bool someHidden = false;
        foreach (ref Owned own in owned) someHidden |= own.Hidden = !own.IsSeen;
        if (clears && someHidden) Identify(owned);
        CastShadows();
        Shade();
        Smooth();
        for (int owner = 0; owner < owned.Length; owner++) _boxes[owner] = owned[owner].IsSeen ? owned[owner].Box : null;
        return _boxes.AsSpan(0, owned.Length);
    }

    private void PrepareRays()
    {
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++) (_raysX[i], _raysY[i]) = _view.Bend(ToPlane(x + 0.5f, width), ToPlane(y + 0.5f, height));
        }
    }

    private float ToPlane(float pixel, int length) => (pixel - (length / 2f)) / width;

    private Vector Ray(int pixel) => _view.Forward + (_view.Right * _raysX[pixel]) + (_view.Down * _raysY[pixel]);

    /// <summary>Finds what is seen at each pixel, without what is hidden, and how much of each object.</summary>
    private void Identify(Span<Owned> owned)
    {
        View view = _view;
        for (int i = 0; i < _ids.Length; i++) (_ids[i], _depth[i]) = _stage.Room.Meet(view.Eye, Ray(i));
        Array.Fill(_stamps, -1);
        foreach (ref Owned own in owned) own = new Owned { Hidden = own.Hidden, Left = width, Top = height };
        for (int id = 0; id < _stage.Solids.Length; id++)
        {
            Solid solid = _stage.Solids[id];
            if (solid.Owner >= 0 && owned[solid.Owner].Hidden) continue;
            (int left, int top, int right, int bottom, float share) = Rectangle(solid.Pose, solid.Bounds);
            if (solid.Owner >= 0) owned[solid.Owner].Outside = Math.Max(owned[solid.Owner].Outside, 1 - share);
            Vector eye = solid.Pose.ToLocal(view.Eye);
            Vector forward = solid.Pose.Local(view.Forward), across = solid.Pose.Local(view.Right), down = solid.Pose.Local(view.Down);
            for (int y = top; y < bottom; y++)
            {
                for (int x = left, i = (y * width) + left; x < right; x++, i++)
                {
                    float distance = solid.Meet(eye, forward + (across * _raysX[i]) + (down * _raysY[i]));
                    if (distance == Solid.Missed) continue;
                    if (solid.Owner >= 0 && _stamps[i] != solid.Owner)
                    {
                        _stamps[i] = solid.Owner;
                        owned[solid.Owner].Alone++;
                    }
                    if (distance < _depth[i]) (_depth[i], _ids[i]) = (distance, id);
                }
            }
        }
        Measure(owned);
    }

    /// <summary>The pixels that something with these bounds can cover, and the share of their rectangle that lies in the picture.</summary>
    private (int Left, int Top, int Right, int Bottom, float Share) Rectangle(in Pose pose, (Vector Low, Vector High) bounds)
    {
        (Vector low, Vector high) = bounds;
        float left = float.MaxValue, top = float.MaxValue, right = float.MinValue, bottom = float.MinValue;
        for (int corner = 0; corner < 8; corner++)
        {
            Vector local = new((corner & 1) == 0 ? low.X : high.X, (corner & 2) == 0 ? low.Y : high.Y, (corner & 4) == 0 ? low.Z : high.Z);
            if (_view.Project(pose.ToWorld(local)) is not { } seen) return (0, 0, width, height, 0);
            float x = (seen.X * width) + (width / 2f), y = (seen.Y * width) + (height / 2f);
            (left, right) = (Math.Min(left, x), Math.Max(right, x));
            (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
        }
        float all = (right - left) * (bottom - top);
        float inside = Math.Max(0, Math.Min(right, width) - Math.Max(left, 0)) * Math.Max(0, Math.Min(bottom, height) - Math.Max(top, 0));
        return (
            (int)Math.Clamp(left - 2, 0, width), (int)Math.Clamp(top - 2, 0, height),
            (int)Math.Clamp(right + 3, 0, width), (int)Math.Clamp(bottom + 3, 0, height), inside / Math.Max(all, 1e-6f));
    }

    private void Measure(Span<Owned> owned)
    {
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
            {
                if (_ids[i] < 0 || _stage.Solids[_ids[i]].Owner is var owner && owner < 0) continue;
                ref Owned own = ref owned[owner];
                (own.Left, own.Right) = (Math.Min(own.Left, x), Math.Max(own.Right, x + 1));
                (own.Top, own.Bottom) = (Math.Min(own.Top, y), Math.Max(own.Bottom, y + 1));
                own.Seen++;
            }
        }
    }

    private void CastShadows()
    {
        Array.Fill(_lit, 1);
        foreach (Shadow shadow in _stage.Shadows)
        {
            float reach = shadow.Reach;
            Vector half = new(reach, reach, 1e-3f);
            (int left, int top, int right, int bottom, _) = Rectangle(Pose.Upright(shadow.Centre with { Z = 0 }, 0), (-half, half));
            for (int y = top; y < bottom; y++)
            {
                for (int x = left, i = (y * width) + left; x < right; x++, i++)
                {
                    if (_ids[i] != Room.FloorId) continue;
                    Vector point = _view.Eye + (Ray(i) * _depth[i]);
                    _lit[i] *= shadow.At(point.X, point.Y);
                }
            }
        }
    }

    private void Shade()
    {
        for (int i = 0; i < _ids.Length; i++) Store(i, Colour(_ids[i], Ray(i), _depth[i], _lit[i]));
    }

    private void Store(int pixel, Vector colour) =>
        (Light[0][pixel], Light[1][pixel], Light[2][pixel]) = (colour.X, colour.Y, colour.Z);

    private Vector Colour(int id, Vector ray, float distance, float lit)
    {
        (Light light, Room room) = (_stage.Light, _stage.Room);
        float pixel = 1 / (_view.Focal * width);
        if (id == Room.BeyondId) return room.Beyond(ray, ray, pixel);
        Vector point = _view.Eye + (ray * distance);
        float length = ray.Length;
        Vector normal, colour;
        Surface surface;
        float open = 1;
        if (id < 0)
        {
            (surface, normal) = id == Room.FloorId ? (room.Floor, Vector.Up) : (room.Wall, room.WallNormal(point));
            colour = surface.Colour(point, normal, Blur(normal));
            // Where wall and floor meet, less light gets in.
            if (id == Room.WallId) open = 0.55f + (0.45f * Math.Min(1, point.Z * 4));
        }
        else
        {
            Solid solid = _stage.Solids[id];
            Vector local = solid.Pose.ToLocal(point), localNormal = solid.Normal(local);
            normal = solid.Pose.Turned(localNormal);
            surface = solid.Surface;
            colour = surface.Colour(local, localNormal, Blur(normal));
            open = 0.5f + (0.5f * Math.Min(1, point.Z * 8));
        }
        Vector back = light.Reflect(normal, colour, open);
        if (surface.Shine > 0) back += light.Key * surface.Highlight(normal.Dot((light.Towards - (ray * (1 / length))).Unit));
        return back * (light.At(point) * lit);

        // Seen at a slant, a pixel covers more.
        float Blur(Vector normal) => distance * pixel * MathF.Sqrt(length / (Math.Abs(normal.Dot(ray)) + (0.02f * length)));
    }

    /// <summary>Four rays for each pixel at whose edge something else begins, among what is seen around it.</summary>
    private void Smooth()
    {
        Span<int> near = stackalloc int[5];
        for (int y = 1; y < height - 1; y++)
        {
            for (int x = 1, i = (y * width) + 1; x < width - 1; x++, i++)
            {
                int id = _ids[i];
                if (id == _ids[i - 1] && id == _ids[i + 1] && id == _ids[i - width] && id == _ids[i + width]) continue;
                near[0] = id;
                (near[1], near[2], near[3], near[4]) = (_ids[i - 1], _ids[i + 1], _ids[i - width], _ids[i + width]);
                Vector sum = default;
                for (int sample = 0; sample < 4; sample++)
                    sum += Sample(x + 0.25f + (0.5f * (sample & 1)), y + 0.25f + (0.5f * (sample >> 1)), near, _lit[i]);
                Store(i, sum * 0.25f);
            }
        }
    }

    private Vector Sample(float x, float y, ReadOnlySpan<int> candidates, float lit)
    {
        Vector ray = _view.Ray(ToPlane(x, width), ToPlane(y, height));
        (int best, float distance) = _stage.Room.Meet(_view.Eye, ray);
        int last = Room.FloorId;
        foreach (int id in candidates)
        {
            if (id < 0 || id == last) continue;
            last = id;
            Pose pose = _stage.Solids[id].Pose;
            float met = _stage.Solids[id].Meet(pose.ToLocal(_view.Eye), pose.Local(ray));
            if (met < distance) (best, distance) = (id, met);
        }
        return Colour(best, ray, distance, best == Room.FloorId ? lit : 1);
    }

    /// <summary>What is seen of an object.</summary>
    private struct Owned
    {
        /// <summary>The rectangle around what is seen, in pixels; right and bottom are outside.</summary>
        public int Left, Top, Right, Bottom;

        /// <summary>Pixels in which it is seen, and in which it would be if it were alone.</summary>
        public int Seen, Alone;

        /// <summary>The share of it that lies beside the picture.</summary>
        public float Outside;

        /// <summary>Whether it is left out.</summary>
        public bool Hidden;

        public readonly bool IsSeen => Seen >= LeastPixels && Seen >= LeastShare * Alone && Outside <= 1 - LeastShare;

        public readonly Box Box => new(0, Left, Top, Right, Bottom);
    }
}
