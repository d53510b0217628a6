namespace EdgeCnn.Quantization.Sensitivity;

/// <summary>A network, how its layers are computed, and what it loses.</summary>
public sealed record LimitedNetwork(QuantizedNetwork Network, IReadOnlyDictionary<string, LayerPrecision> Precisions, double Drop);

/// <summary>Gives the layers that cost most more precision, step by step, until a network loses no more than it may.</summary>
public static class DropLimit
{
    /// <summary>More than half of the layers in float is no 8-bit network any more.</summary>
    private const double MostFloat = 0.5;

    /// <summary>The part of the layers that goes up a step each time.</summary>
    private const int PartPerRound = 8;

    private const int Rounds = 16;

    /// <param name="quantizer">After calibration.</param>
    /// <param name="drop">What a network loses against the float one.</param>
    /// <param name="most">What it may lose.</param>
    /// <param name="sensitivities">Asked for once, and only when the plain network loses too much.</param>
    /// <param name="progress">Told what each network loses.</param>
    /// <returns>The first network that keeps to the limit; if none does, the best one.</returns>
    public static LimitedNetwork Meet(
        Quantizer quantizer,
        Func<QuantizedNetwork, double> drop,
        double most,
        Func<IReadOnlyList<LayerSensitivity>> sensitivities,
        Action<LimitedNetwork>? progress = null)
    {
        Dictionary<string, LayerPrecision> precisions = [];
        LimitedNetwork best = Try();
        if (best.Drop <= most) return best;
        // Each step up makes a layer's noise less by about so much; the layer that is noisiest after that goes up next.
        Dictionary<string, double> noise = sensitivities().ToDictionary(layer => layer.Layer, layer => -layer.AloneDecibels);
        int perRound = Math.Max(noise.Count / PartPerRound, 1);
        for (int round = 0; round < Rounds; round++)
        {
            string[] worst = [.. noise.OrderByDescending(layer => layer.Value).Take(perRound).Select(layer => layer.Key)];
            foreach (string layer in worst)
            {
                precisions[layer] = precisions.GetValueOrDefault(layer) + 1;
                noise[layer] -= precisions[layer] == LayerPrecision.Int8Full ? 3 : 20;
                if (precisions[layer] == LayerPrecision.Float) noise.Remove(layer);
            }
            int floats = precisions.Values.Count(precision => precision == LayerPrecision.Float);
            if (noise.Count == 0 || floats > MostFloat * quantizer.Layers.Count) break;
            LimitedNetwork next = Try();
            if (next.Drop < best.Drop) best = next;
            if (best.Drop <= most) break;
        }
        return best;

        LimitedNetwork Try()
        {
            QuantizedNetwork network = quantizer.Quantize(precisions);
            LimitedNetwork limited = new(network, new Dictionary<string, LayerPrecision>(precisions), drop(network));
            progress?.Invoke(limited);
            return limited;
        }
    }
}
