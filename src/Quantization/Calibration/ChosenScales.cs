using EdgeCnn.Models;
using EdgeCnn.Quantization.Placement;

namespace EdgeCnn.Quantization.Calibration;

/// <summary>The scales of a placement's values, chosen from what their observers saw.</summary>
internal sealed class ChosenScales
{
    /// <summary>Steps of activations in 8 and in 16 bits.</summary>
    public const int Levels = 255, WideLevels = 65_535;

    /// <summary>
    /// The finest step of a channel behind SiLU. Its function needs real values down to -11, which 16 bits hold in quarters of such a step;
    /// where steps are finer, the engine computes it in floats, at several times the cost.
    /// </summary>
    public const float FinestSilu = 0.00135f;

    private readonly QdqPlacement _placement;
    private readonly IReadOnlyDictionary<string, Observer> _observers;
    private readonly QuantizationOptions _options;
    private readonly Dictionary<string, ValueScales> _scales = [];

    /// <summary>Values of a group share the union of their ranges; what was only carried on adds nothing to it.</summary>
    public ChosenScales(QdqPlacement placement, IReadOnlyDictionary<string, Observer> observers, QuantizationOptions options)
    {
        (_placement, _observers, _options) = (placement, observers, options);
        Dictionary<string, ValueRange> groups = [];
        foreach (QuantizedValue value in placement.Values.Values.Where(value => value.PerTensor && !value.Carried))
        {
            ValueRange range = observers[value.Name].Range(options.Method, options.Percentile);
            groups[value.Group] = groups.GetValueOrDefault(value.Group, ValueRange.Empty).Union(range);
        }
        foreach (QuantizedValue value in placement.Values.Values)
        {
            // A placement with fewer layers may read with one scale what this one reads per channel only.
            ValueRange range = groups.TryGetValue(value.Group, out ValueRange shared) ? shared : observers[value.Name].Bounds;
            AffineScale? perTensor = range.Scale(Levels);
            AffineScale[]? perChannel = value.PerChannel ? ChannelScales(observers[value.Name], value.OfSilu) : null;
            _scales.Add(value.Name, new ValueScales(ElementType.UInt8, perTensor, perChannel));
        }
    }

    /// <summary>In 8 bits, for any reader.</summary>
    public ValueScales this[string value] => _scales[value];

    /// <summary>What a value of a placement with fewer layers needs of them; nothing is clipped in 16 bits.</summary>
    /// <param name="value">Of that placement.</param>
    /// <param name="wide">Groups that are stored in 16 bits.</param>
    public ValueScales For(QuantizedValue value, IReadOnlySet<string> wide)
    {
        ValueScales chosen = _scales[value.Name];
        string group = _placement.Values[value.Name].Group;
        if (!wide.Contains(group))
        {
            return chosen with
            {
                PerTensor = value.PerTensor ? chosen.PerTensor : null,
                PerChannel = value.PerChannel ? chosen.PerChannel : null,
            };
        }
        ValueRange range = _placement.Values.Values.Where(other => other.Group == group)
            .Aggregate(ValueRange.Empty, (sum, other) => sum.Union(_observers[other.Name].Bounds));
        AffineScale[] perChannel = [.. Enumerable.Repeat(range.Scale(WideLevels), value.PerChannel ? _observers[value.Name].Channels : 0)];
        return new ValueScales(ElementType.UInt16, value.PerTensor ? range.Scale(WideLevels) : null, value.PerChannel ? perChannel : null);
    }

    private AffineScale[] ChannelScales(Observer observer, bool ofSilu)
    {
        // A channel that calibration hardly saw alive gets steps that are fine beside those of its neighbours, but not out of all
        // proportion.
        float least = (observer.Bounds.High - observer.Bounds.Low) * 1e-4f;
        if (ofSilu) least = Math.Max(least, FinestSilu * Levels);
        return
        [
            .. observer.ChannelRanges(_options.Method, _options.Percentile)
                .Select(range => (range.High - range.Low >= least ? range : range.Union(new ValueRange(0, least))).Scale(Levels)),
        ];
    }
}
