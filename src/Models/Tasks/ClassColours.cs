namespace EdgeCnn.Models.Tasks;

/// <summary>
/// The colour of a class in masks: Pascal VOC's colour map (Everingham et al., development kit 2012), which gives each of 256 classes the
/// bits of its number in turns to red, green and blue. Class 0 is black; 255, what does not count, is a light brown.
/// </summary>
public static class ClassColours
{
    /// <param name="classId">0 to 255.</param>
    public static (byte Red, byte Green, byte Blue) Of(byte classId)
    {
        int red = 0, green = 0, blue = 0;
        for (int i = 0; i < 3; i++)
        {
            red |= ((classId >> (3 * i)) & 1) << (7 - i);
            green |= ((classId >> (3 * i + 1)) & 1) << (7 - i);
            blue |= ((classId >> (3 * i + 2)) & 1) << (7 - i);
        }
        return ((byte)red, (byte)green, (byte)blue);
    }

    /// <summary>The class of a colour; null where no class has it.</summary>
    public static byte? ClassOf(byte red, byte green, byte blue)
    {
        int id = 0;
        for (int i = 0; i < 3; i++)
        {
            id |= ((red >> (7 - i)) & 1) << (3 * i);
            id |= ((green >> (7 - i)) & 1) << (3 * i + 1);
            id |= ((blue >> (7 - i)) & 1) << (3 * i + 2);
        }
        return id <= byte.MaxValue && Of((byte)id) == (red, green, blue) ? (byte)id : null;
    }
}
