namespace EdgeCnn.Training.Data;

/// <summary>Some examples, ready for the network. Valid until the next one is asked for.</summary>
public sealed class Batch
{
    private readonly float[] _values;
    private readonly Example[] _examples;

    internal Batch(int size, int valuesOfOne) => (_values, _examples) = (new float[checked(size * valuesOfOne)], new Example[size]);

    /// <summary>Which one of the epoch, from 0.</summary>
    public int Number { get; internal set; }

    /// <summary>How many examples are new in this epoch; those behind them fill up the last batch and were seen before.</summary>
    public int Fresh { get; internal set; }

    /// <summary>As the network sees them: pictures after augmentation and letterbox, boxes and masks in pixels of its input.</summary>
    public ReadOnlySpan<Example> Examples => _examples;

    /// <summary>Writes the pictures into the network's input.</summary>
    public void Fill(Span<float> input)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, _values.Length);
        _values.CopyTo(input);
    }

    internal Span<float> Values(int index) => _values.AsSpan(index * (_values.Length / _examples.Length), _values.Length / _examples.Length);

    internal void Set(int index, Example example) => _examples[index] = example;
}
