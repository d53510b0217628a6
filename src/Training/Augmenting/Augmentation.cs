using System.Collections.Immutable;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Augmenting;

/// <summary>
/// Makes other pictures of a picture, so that a network sees more than there is. Each effect has its strength, 0 for none; equal random
/// numbers give equal pictures. Boxes and masks move along.
/// </summary>
public sealed record Augmentation
{
    /// <summary>How often left and right are swapped, 0 to 1.</summary>
    public float Flip { get; init; }

    /// <summary>
    /// The smallest share of the picture that a random crop keeps, 1 for no crop (Szegedy et al., Going deeper with convolutions, 2014).
    /// </summary>
    public float Crop { get; init; } = 1;

    /// <summary>Moved by up to this share of each side.</summary>
    public float Translate { get; init; }

    /// <summary>Scaled by 1 / (1 + this) to 1 + this.</summary>
    public float Scale { get; init; }

    /// <summary>Turned by up to so many degrees either way.</summary>
    public float Rotate { get; init; }

    /// <summary>Slanted by up to this much of the height.</summary>
    public float Shear { get; init; }

    /// <summary>Levels are multiplied by 1 - this to 1 + this.</summary>
    public float Brightness { get; init; }

    /// <summary>Distances from the middle level are multiplied by 1 - this to 1 + this.</summary>
    public float Contrast { get; init; }

    /// <summary>Distances from grey are multiplied by 1 - this to 1 + this.</summary>
    public float Saturation { get; init; }

    /// <summary>Colours are turned by up to so many degrees of the colour circle.</summary>
    public float Hue { get; init; }

    /// <summary>How often the picture is blurred, by one to three passes of 1-2-1.</summary>
    public float Blur { get; init; }

    /// <summary>Deviation in levels of the strongest noise; half of the pictures have none.</summary>
    public float Noise { get; init; }

    /// <summary>How often four pictures become one (Bochkovskiy et al., YOLOv4, 2020); for detection only.</summary>
    public float Mosaic { get; init; }

    /// <summary>How often a rectangle is covered (DeVries and Taylor, Cutout, 2017).</summary>
    public float Cutout { get; init; }

    /// <summary>Boxes of which a smaller share is left are dropped.</summary>
    public float LeastVisible { get; init; } = 0.25f;

    public static Augmentation None { get; } = new();

    /// <summary>Written digits: moved, turned, slanted and scaled a little; never mirrored.</summary>
    public static Augmentation Digits { get; } = new() { Translate = 0.08f, Scale = 0.12f, Rotate = 12, Shear = 0.2f, Contrast = 0.15f };

    /// <summary>Photographs of one thing.</summary>
    public static Augmentation Classify { get; } = new()
    {
        Flip = 0.5f,
        Crop = 0.4f,
        Rotate = 8,
        Brightness = 0.3f,
        Contrast = 0.3f,
        Saturation = 0.4f,
        Hue = 8,
        Blur = 0.1f,
        Noise = 8,
        Cutout = 0.2f,
    };

    /// <summary>Photographs with marked objects.</summary>
    public static Augmentation Detect { get; } = new()
    {
        Flip = 0.5f,
        Translate = 0.1f,
        Scale = 0.5f,
        Rotate = 3,
        Brightness = 0.3f,
        Contrast = 0.25f,
        Saturation = 0.4f,
        Hue = 6,
        Blur = 0.05f,
        Noise = 6,
        Mosaic = 0.5f,
    };

    /// <summary>
    /// Scenes that are drawn, and vary by themselves: the same one again, mirrored, from a little nearer or further, in another light.
    /// </summary>
    public static Augmentation Scenes { get; } = new()
    {
        Flip = 0.5f,
        Translate = 0.1f,
        Scale = 0.3f,
        Brightness = 0.15f,
        Contrast = 0.15f,
        Saturation = 0.25f,
        Hue = 5,
    };

    /// <summary>By name: none, digits, classify, detect, scenes; null for another name.</summary>
    public static Augmentation? Find(string name) => name switch
    {
        "none" => None,
        "digits" => Digits,
        "classify" => Classify,
        "detect" => Detect,
        "scenes" => Scenes,
        _ => null,
    };

    /// <summary>Draws one example of many anew.</summary>
    /// <param name="example">What it is made of.</param>
    /// <param name="another">Gives any other example of the data set, for mosaics.</param>
    /// <param name="canvas">The size that it comes out in.</param>
    /// <param name="random">Decides everything; goes on.</param>
    public Example Apply(Example example, Func<int, Example> another, Canvas canvas, ref Random64 random)
    {
        bool mosaic = example.ClassId < 0 && example.Mask is null && random.Chance(Mosaic);
        Example drawn = mosaic ? Four(example, another, canvas, ref random) : One(example, canvas, ref random);
        Develop(drawn.Picture, ref random);
        // What is covered would keep its class in a mask.
        return example.Mask is null && random.Chance(Cutout) ? Cover(drawn, ref random) : drawn;
    }

    /// <summary>Left and right swapped, pixel by pixel: twice gives the same again.</summary>
    public static Example Flipped(Example example)
    {
        Picture from = example.Picture, to = new(from.Width, from.Height);
        for (int y = 0; y < from.Height; y++)
        {
            int row = y * from.Width;
            for (int x = 0; x < from.Width; x++)
                from.Pixels.AsSpan(3 * (row + x), 3).CopyTo(to.Pixels.AsSpan(3 * (row + from.Width - 1 - x)));
        }
        byte[]? mask = example.Mask?.ToArray();
        for (int y = 0; mask is not null && y < from.Height; y++) mask.AsSpan(y * from.Width, from.Width).Reverse();
        return example with
        {
            Picture = to,
            Boxes = [.. example.Boxes.Select(box => box with { Left = from.Width - box.Right, Right = from.Width - box.Left })],
            Mask = mask,
        };
    }

    private Example One(Example example, Canvas canvas, ref Random64 random)
    {
        Affine placement = (Crop < 1 ? Cropped(example.Picture, canvas, ref random) : canvas.Fit(example.Picture))
            .Then(Jitter(canvas.Width / 2f, canvas.Height / 2f, canvas, Scale, ref random));
        if (random.Chance(Flip)) placement = placement.Then(Affine.Scale(-1, 1)).Then(Affine.Move(canvas.Width, 0));
        Picture picture = canvas.Blank();
        canvas.Draw(example.Picture, placement, picture, canvas.All);
        byte[]? mask = example.Mask is null ? null : canvas.BlankMask();
        if (mask is not null) canvas.DrawMask(example.Mask!, example.Picture, placement, mask, canvas.All);
        return new Example(picture, example.ClassId, [.. Canvas.Keep(example.Boxes, placement, canvas.All, LeastVisible)], mask);
    }

    /// <summary>A rectangle of a random share and ratio becomes the whole canvas.</summary>
    private Affine Cropped(Picture picture, Canvas canvas, ref Random64 random)
    {
        float side = MathF.Sqrt(random.Between(Crop, 1)), ratio = random.Between(0.87f, 1.15f);
        float width = Math.Min(1, side * ratio) * picture.Width, height = Math.Min(1, side / ratio) * picture.Height;
        float left = random.Between(0, picture.Width - width), top = random.Between(0, picture.Height - height);
        return Affine.Move(-left, -top).Then(Affine.Scale(canvas.Width / width, canvas.Height / height));
    }

    /// <summary>Scaled, turned and slanted about a point, then moved.</summary>
    private Affine Jitter(float x, float y, Canvas canvas, float scale, ref Random64 random)
    {
        float factor = random.Between(1, 1 + scale);
        if (random.Chance(0.5)) factor = 1 / factor;
        return Affine.Move(-x, -y)
            .Then(Affine.Shear(random.Between(-Shear, Shear)))
            .Then(Affine.Rotate(Angle.Degrees(random.Between(-Rotate, Rotate))))
            .Then(Affine.Scale(factor, factor))
            .Then(Affine.Move(
                x + (random.Between(-Translate, Translate) * canvas.Width), y + (random.Between(-Translate, Translate) * canvas.Height)));
    }

    /// <summary>Four pictures around a random point, each cut off at its quarter.</summary>
    private Example Four(Example first, Func<int, Example> another, Canvas canvas, ref Random64 random)
    {
        int x = (int)(canvas.Width * random.Between(0.3f, 0.7f)), y = (int)(canvas.Height * random.Between(0.3f, 0.7f));
        ReadOnlySpan<Canvas.Region> quarters =
        [
            new(0, 0, x, y), new(x, 0, canvas.Width, y), new(0, y, x, canvas.Height), new(x, y, canvas.Width, canvas.Height),
        ];
        Picture picture = canvas.Blank();
        List<Box> boxes = [];
        for (int i = 0; i < quarters.Length; i++)
        {
            Example example = i == 0 ? first : another(random.Below(int.MaxValue));
            Canvas.Region quarter = quarters[i];
            float scale = random.Between(0.4f, 1.1f);
            Affine shrunk = canvas.Fit(example.Picture).Then(Affine.Scale(scale, scale));
            if (random.Chance(Flip)) shrunk = shrunk.Then(Affine.Scale(-1, 1));
            // The picture covers its quarter as far as it can, and any part of it may be the one that shows.
            Box around = shrunk.Apply(new Box(0, 0, 0, example.Picture.Width, example.Picture.Height));
            float left = Slide(quarter.Left, quarter.Right, around.Width, ref random), top = Slide(
                quarter.Top, quarter.Bottom, around.Height, ref random);
            Affine placement = shrunk.Then(Affine.Move(left - around.Left, top - around.Top));
            canvas.Draw(example.Picture, placement, picture, quarter);
            boxes.AddRange(Canvas.Keep(example.Boxes, placement, quarter, LeastVisible));
        }
        return new Example(picture, -1, [.. boxes]);
    }

    private static float Slide(int low, int high, float length, ref Random64 random) =>
        random.Between(Math.Min(low, high - length), Math.Max(low, high - length));

    /// <summary>Colour, blur and noise.</summary>
    private void Develop(Picture picture, ref Random64 random)
    {
        if (Brightness > 0 || Contrast > 0 || Saturation > 0 || Hue > 0)
        {
            Colours.Apply(
                picture,
                gain: 1 + random.Between(-Brightness, Brightness),
                contrast: 1 + random.Between(-Contrast, Contrast),
                saturation: 1 + random.Between(-Saturation, Saturation),
                hue: Angle.Degrees(random.Between(-Hue, Hue)));
        }
        if (random.Chance(Blur)) Blurring.Apply(picture, passes: 1 + random.Below(3));
        if (Noise > 0 && random.Chance(0.5)) Grain.Apply(picture, random.Between(0, Noise), ref random);
    }

    /// <summary>Covers a rectangle with one colour; boxes that mostly lie under it are dropped.</summary>
    private Example Cover(Example example, ref Random64 random)
    {
        Picture picture = example.Picture;
        int width = (int)(picture.Width * random.Between(0.1f, 0.35f)), height = (int)(picture.Height * random.Between(0.1f, 0.35f));
        int left = random.Below(picture.Width - width + 1), top = random.Below(picture.Height - height + 1);
        ReadOnlySpan<byte> colour = [(byte)random.Below(256), (byte)random.Below(256), (byte)random.Below(256)];
        for (int y = top; y < top + height; y++)
        {
            for (int x = left; x < left + width; x++) colour.CopyTo(picture.Pixels.AsSpan(3 * ((y * picture.Width) + x)));
        }
        ImmutableArray<Box> seen = [.. example.Boxes.Where(box => Share(box, left, top, left + width, top + height) <= 1 - LeastVisible)];
        return example with { Boxes = seen };
    }

    private static float Share(Box box, float left, float top, float right, float bottom)
    {
        float width = Math.Min(box.Right, right) - Math.Max(box.Left, left), height = Math.Min(box.Bottom, bottom) - Math.Max(box.Top, top);
        return width <= 0 || height <= 0 ? 0 : width * height / (box.Width * box.Height);
    }
}
