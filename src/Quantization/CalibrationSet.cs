namespace EdgeCnn.Quantization;

/// <summary>Pictures that show what a network's activations look like.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Fill">Writes the picture of an index into the network's input, prepared as the network wants it.</param>
public sealed record CalibrationSet(int Count, CalibrationSet.Writer Fill)
{
    /// <summary>The first ones of them.</summary>
    public CalibrationSet First(int count) => this with { Count = Math.Min(Count, count) };

    public delegate void Writer(int index, Span<float> input);
}
