using System.Collections.Immutable;

namespace EdgeCnn.Models.Zoo;

/// <summary>How large a <see cref="YoloEdge"/> is.</summary>
/// <param name="Channels">Of the five stages of the backbone, whose strides are 2, 4, 8, 16 and 32.</param>
/// <param name="Depths">Bottlenecks in the blocks behind strides 4, 8, 16 and 32; those of the neck have as many as the first.</param>
/// <param name="Bins">Of the distributions of distances.</param>
/// <param name="Head">Its convolutions.</param>
internal sealed record YoloScale(ImmutableArray<int> Channels, ImmutableArray<int> Depths, int Bins, YoloHead Head)
{
    private static readonly int[] PublishedChannels = [64, 128, 256, 512, 1024], PublishedDepths = [3, 6, 6, 3];

    /// <summary>Scales of the published family: stages of 64 to 1024 channels and depths of 3, 6, 6, 3, times a factor each.</summary>
    /// <param name="depth">Factor of the depths.</param>
    /// <param name="width">Factor of the channels.</param>
    /// <param name="most">Channels of a stage before the factor are at most so many.</param>
    public static YoloScale Published(double depth, double width, int most = 1024) => new(
        [.. PublishedChannels.Select(channels => MultipleOf8(Math.Min(channels, most) * width))],
        [.. PublishedDepths.Select(repeats => Math.Max((int)Math.Round(repeats * depth), 1))],
        Bins: 16,
        new YoloHead(Depth: 2, Boxes: null, Classes: null));

    private static int MultipleOf8(double channels) => (int)Math.Ceiling(channels / 8) * 8;
}

/// <summary>The two branches of a head.</summary>
/// <param name="Depth">3x3 convolutions of each branch.</param>
/// <param name="Boxes">Channels of the branch for boxes; null: as published, a quarter of the finest level's, and enough for the
/// bins.</param>
/// <param name="Classes">Channels of the branch for classes; null: as published, the finest level's, and enough for the
/// classes.</param>
internal sealed record YoloHead(int Depth, int? Boxes, int? Classes);
