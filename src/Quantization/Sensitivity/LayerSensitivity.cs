namespace EdgeCnn.Quantization.Sensitivity;

/// <summary>What quantising a layer does.</summary>
/// <param name="Layer">Name of the node.</param>
/// <param name="Share">Its share of all multiply-adds, 0 to 1.</param>
/// <param name="AloneDecibels">Signal to noise ratio of the network's outputs when only this layer is quantised.</param>
/// <param name="AccumulatedDecibels">Signal to noise ratio of the layer's data when everything is quantised.</param>
public sealed record LayerSensitivity(string Layer, double Share, double AloneDecibels, double AccumulatedDecibels);
