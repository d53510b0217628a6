using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Augmenting;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Tests.Augmenting;

public class AugmentationTests
{
    private static readonly Canvas Canvas = new(96, 80, ResizePolicy.Letterbox, Fill: 114);

    public static TheoryData<string> Effects => new(
        "flip", "crop", "translate", "scale", "rotate", "shear", "brightness", "contrast", "saturation", "hue", "blur", "noise", "mosaic",
        "all");

    [Theory]
    [MemberData(nameof(Effects))]
    public void A_marked_square_lies_where_its_box_says_after_any_effect(string effect)
    {
        // Only slivers are dropped, so that all the rest of what is red has to lie in a box.
        Augmentation augmentation = Of(effect) with { LeastVisible = 0.01f };
        int found = 0;
        for (ulong seed = 0; seed < 40; seed++)
        {
            Random64 random = new(seed);
            Example drawn = augmentation.Apply(Square(seed), another => Square((ulong)another), Canvas, ref random);
            Assert.Equal((96, 80), (drawn.Picture.Width, drawn.Picture.Height));
            foreach (Box box in drawn.Boxes)
            {
                Assert.True(box is { Left: >= 0, Top: >= 0, Right: <= 96, Bottom: <= 80 }, $"{effect}, seed {seed}: {box}");
                // A turned square fills more than half of the box around it; noise may hide a few pixels.
                float share = Red(drawn.Picture, box);
                Assert.True(share > 0.5f, $"{effect}, seed {seed}: {share:P0} of {box} is red");
                found++;
            }
            int red = Enumerable.Range(0, 96 * 80).Count(i => IsRed(drawn.Picture, i % 96, i / 96));
            int boxed = Enumerable.Range(0, 96 * 80).Count(i => IsRed(drawn.Picture, i % 96, i / 96)
                && drawn.Boxes.Any(box => Around(box, i % 96, i / 96)));
            Assert.True(red - boxed < 140, $"{effect}, seed {seed}: {red - boxed} of {red} red pixels lie in no box");
        }
        Assert.True(found > 20, $"{effect}: {found} boxes");
    }

    [Fact]
    public void Flipping_twice_gives_the_same_again()
    {
        Example square = Square(5) with { Mask = [.. Enumerable.Range(0, 120 * 90).Select(i => (byte)(i % 251))] };
        Example once = Augmentation.Flipped(square), twice = Augmentation.Flipped(once);
        Assert.NotEqual(square.Picture.Pixels, once.Picture.Pixels);
        Assert.Equal(square.Picture.Pixels, twice.Picture.Pixels);
        Assert.Equal(square.Mask, twice.Mask);
        Assert.Equal<Box>([.. square.Boxes], [.. twice.Boxes]);
        Assert.Equal(120 - square.Boxes[0].Left, once.Boxes[0].Right);
    }

    [Fact]
    public void No_effect_at_the_size_of_the_canvas_changes_no_pixel()
    {
        Random64 random = new(1);
        Picture picture = new(96, 80);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)random.Below(256);
        Example drawn = Augmentation.None.Apply(
            Example.OfClass(picture, 2), _ => throw new InvalidOperationException(), Canvas, ref random);
        Assert.Equal(picture.Pixels, drawn.Picture.Pixels);
        Assert.Equal(2, drawn.ClassId);
    }

    [Fact]
    public void Equal_random_numbers_give_equal_pictures_and_others_give_others()
    {
        Assert.Equal(Pixels(7), Pixels(7));
        Assert.NotEqual(Pixels(7), Pixels(8));

        static byte[] Pixels(ulong seed)
        {
            Random64 random = new(seed);
            return Of("all").Apply(Square(1), _ => Square(2), Canvas, ref random).Picture.Pixels;
        }
    }

    [Fact]
    public void Grey_stays_grey_under_saturation_and_hue()
    {
        Random64 random = new(3);
        Picture grey = new(96, 80);
        grey.Pixels.AsSpan().Fill(77);
        Example drawn = (Augmentation.None with { Saturation = 0.9f, Hue = 90 })
            .Apply(Example.OfClass(grey, 0), _ => null!, Canvas, ref random);
        Assert.All(drawn.Picture.Pixels, level => Assert.InRange(level, (byte)76, (byte)78));
    }

    [Fact]
    public void Boxes_under_a_cut_out_rectangle_are_dropped()
    {
        Augmentation augmentation = Augmentation.None with { Cutout = 1 };
        int dropped = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            Random64 random = new(seed);
            Example drawn = augmentation.Apply(Small(), _ => null!, Canvas, ref random);
            bool seen = Red(drawn.Picture, new Box(0, 40, 40, 46, 46)) > 0.3f;
            if (drawn.Boxes.IsEmpty) dropped++;
            else Assert.True(seen, $"seed {seed}: the box is kept, and nothing is seen in it");
        }
        Assert.InRange(dropped, 1, 150);

        static Example Small()
        {
            Picture picture = Plain(96, 80);
            Paint(picture, 40, 40, 6);
            return Example.OfBoxes(picture, new Box(0, 40, 40, 46, 46));
        }
    }

    [Fact]
    public void A_mask_moves_with_its_picture()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Random64 random = new(seed);
            Example square = Square(seed);
            byte[] mask = [.. Enumerable.Range(0, 120 * 90).Select(i => (byte)(IsRed(square.Picture, i % 120, i / 120) ? 1 : 0))];
            Augmentation moves = Of("rotate") with { Scale = 0.3f, Flip = 0.5f, Translate = 0.1f };
            Example drawn = moves.Apply(square with { Mask = mask }, _ => null!, Canvas, ref random);
            int wrong = Enumerable.Range(0, 96 * 80).Count(i => (drawn.Mask![i] == 1) != IsRed(drawn.Picture, i % 96, i / 96));
            // Along the square's border the picture is blended and the mask is not.
            Assert.True(wrong < 120, $"seed {seed}: {wrong} pixels");
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("digits")]
    [InlineData("classify")]
    [InlineData("detect")]
    public void Presets_are_found_by_name_and_take_pictures_of_any_size(string name)
    {
        Augmentation augmentation = Augmentation.Find(name)!;
        foreach ((int width, int height) in new[] { (1, 1), (2, 7), (28, 28), (331, 97) })
        {
            Random64 random = new(9);
            for (int i = 0; i < 10; i++)
            {
                Example example = Example.OfBoxes(Plain(width, height), new Box(0, 0, 0, width, height));
                Assert.Equal(96, augmentation.Apply(example, _ => example, Canvas, ref random).Picture.Width);
            }
        }
    }

    private static Augmentation Of(string effect) => effect switch
    {
        "flip" => Augmentation.None with { Flip = 0.5f },
        "crop" => Augmentation.None with { Crop = 0.4f },
        "translate" => Augmentation.None with { Translate = 0.3f },
        "scale" => Augmentation.None with { Scale = 0.8f },
        "rotate" => Augmentation.None with { Rotate = 10 },
        "shear" => Augmentation.None with { Shear = 0.15f },
        "brightness" => Augmentation.None with { Brightness = 0.3f },
        "contrast" => Augmentation.None with { Contrast = 0.3f },
        "saturation" => Augmentation.None with { Saturation = 0.4f },
        "hue" => Augmentation.None with { Hue = 10 },
        "blur" => Augmentation.None with { Blur = 1 },
        "noise" => Augmentation.None with { Noise = 10 },
        "mosaic" => Augmentation.None with { Mosaic = 1, Flip = 0.5f },
        _ => Augmentation.Detect,
    };

    /// <summary>A red square somewhere on grey.</summary>
    private static Example Square(ulong seed)
    {
        Random64 random = new(seed + 1000);
        Picture picture = Plain(120, 90);
        int side = 20 + random.Below(30), left = random.Below(120 - side), top = random.Below(90 - side);
        Paint(picture, left, top, side);
        return Example.OfBoxes(picture, new Box(0, left, top, left + side, top + side));
    }

    private static Picture Plain(int width, int height)
    {
        Picture picture = new(width, height);
        picture.Pixels.AsSpan().Fill(114);
        return picture;
    }

    private static void Paint(Picture picture, int left, int top, int side)
    {
        for (int y = top; y < top + side; y++)
        {
            for (int x = left; x < left + side; x++)
                ((ReadOnlySpan<byte>)[30, 30, 220]).CopyTo(picture.Pixels.AsSpan(3 * ((y * picture.Width) + x)));
        }
    }

    private static float Red(Picture picture, Box box)
    {
        int red = 0, all = 0;
        for (int y = (int)box.Top; y < (int)box.Bottom; y++)
        {
            for (int x = (int)box.Left; x < (int)box.Right; x++)
            {
                all++;
                if (IsRed(picture, x, y)) red++;
            }
        }
        return red / (float)Math.Max(all, 1);
    }

    private static bool IsRed(Picture picture, int x, int y)
    {
        ReadOnlySpan<byte> pixel = picture.Pixels.AsSpan(3 * ((y * picture.Width) + x), 3);
        return pixel[2] > pixel[1] + 45 && pixel[2] > pixel[0] + 45;
    }

    private static bool Around(Box box, int x, int y) => x >= box.Left - 2 && y >= box.Top - 2 && x <= box.Right + 1 && y <= box.Bottom + 1;
}
