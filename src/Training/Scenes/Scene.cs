using System.Collections.Concurrent;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Scenes;

/// <summary>
/// A robot's arena as a cheap camera sees it, drawn by rules and a seed: balls, cones, cubes and printed targets among things that are none
/// of them. The same seed gives the same bits on every machine. Things move, and the camera looks around, with time.
/// </summary>
public sealed class Scene
{
    private static readonly ConcurrentBag<Renderer> Renderers = [];

    private readonly Arena _arena;
    private readonly Sensor _sensor;
    private readonly ulong _seed;
    private readonly int[] _classes;

    /// <param name="seed">Decides everything but the size.</param>
    /// <param name="width">Columns of its pictures.</param>
    /// <param name="height">Rows of its pictures.</param>
    public Scene(ulong seed, int width, int height) : this(seed, width, height, only: null)
    {
    }

    /// <param name="seed">Decides everything but the size.</param>
    /// <param name="width">Columns of its pictures.</param>
    /// <param name="height">Rows of its pictures.</param>
    /// <param name="only">The class of the one object in it; -1 for none.</param>
    /// <param name="duck">Whether there is a duck too, of the class after those of the arena.</param>
    internal Scene(ulong seed, int width, int height, int? only, bool duck = false)
    {
        (_seed, Width, Height) = (seed, width, height);
        _arena = new Arena(seed, (float)width / height, only, duck);
        _classes = [.. _arena.Classes];
        Random64 random = Random64.For(seed, 2, 0);
        _sensor = Sensor.Make(ref random);
    }

    /// <summary>The classes of the objects, by class id.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["ball", "cone", "cube", "target"];

    /// <summary>The classes of pixels, in masks.</summary>
    public static IReadOnlyList<string> PixelLabels { get; } = ["background", .. Labels];

    public int Width { get; }

    public int Height { get; }

    /// <summary>
    /// Whether objects that are mostly hidden or cut off are left out of the picture, as one wants it for learning; otherwise they are
    /// drawn, and have no box.
    /// </summary>
    public bool Clears { get; init; } = true;

    /// <summary>Draws the scene as it is at a time; from one thread at a time.</summary>
    /// <param name="seconds">Since its beginning.</param>
    /// <returns>A picture of its own, and the boxes of what can be seen of each object.</returns>
    public Example Draw(double seconds = 0)
    {
        Picture picture = new(Width, Height);
        List<Box> boxes = [];
        Draw(picture, seconds, boxes);
        return Example.OfBoxes(picture, [.. boxes]);
    }

    /// <summary>Likewise, into a picture of the scene's size.</summary>
    /// <param name="picture">Is drawn over.</param>
    /// <param name="seconds">Since the scene's beginning.</param>
    /// <param name="boxes">Given those of what can be seen of each object; null where nobody asks.</param>
    /// <param name="mask">
    /// Filled, the picture's height x width: 1 more than the class of the object that is seen at a pixel, 0 for none; null where nobody
    /// asks.
    /// </param>
    public void Draw(Picture picture, double seconds, List<Box>? boxes = null, byte[]? mask = null)
    {
        if (picture.Width != Width || picture.Height != Height)
            throw new ArgumentException(
                $"The scene is drawn {Width}x{Height}, and the picture is {picture.Width}x{picture.Height}.", nameof(picture));
        Renderer renderer = Renderers.TryTake(out Renderer? idle) && idle.Width == Width
            && idle.Height == Height ? idle : new Renderer(Width, Height);
        ReadOnlySpan<Box?> seen = renderer.Draw(_arena.At(seconds), Clears);
        for (int owner = 0; boxes is not null && owner < seen.Length; owner++)
        {
            if (seen[owner] is { } box) boxes.Add(box with { ClassId = _classes[owner] });
        }
        for (int i = 0; mask is not null && i < mask.Length; i++)
            mask[i] = renderer.OwnerAt(i) is >= 0 and int owner ? (byte)(1 + _classes[owner]) : (byte)0;
        Random64 random = Random64.For(_seed, 3, (long)Math.Round(seconds * 1000));
        _sensor.Develop(renderer.Light, renderer.Spare, picture, ref random);
        Renderers.Add(renderer);
    }
}
