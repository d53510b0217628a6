namespace EdgeCnn.Quantization;

/// <summary>How exactly a layer (a convolution or matrix product) is computed; each step costs more time than the one before.</summary>
public enum LayerPrecision
{
    /// <summary>8 bits, weights with the scales that the options ask for.</summary>
    Int8,
    /// <summary>8 bits, weights with the finest scales (<see cref="WeightRange.Full"/>).</summary>
    Int8Full,
    /// <summary>8-bit weights, data in 16 bits.</summary>
    Int16,
    /// <summary>As in the model that was given.</summary>
    Float,
}
