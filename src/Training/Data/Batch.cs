namespace EdgeCnn.Training.Data;

/// <summary>Some examples, ready for the network. Valid until the next one is asked for.</summary>
public sealed class Batch
{
    private readonly float[] _values;
    private readonly Example[] _examples;
    private readonly Picture[] _pictures;

    /// <param name="size">Examples.</param>
    /// <param name="valuesOfOne">Of the network's input, for one example.</param>
    /// <param name="width">Of what the network sees.</param>
    /// <param name="height">Of what the network sees.</param>
    internal Batch(int size, int valuesOfOne, int width, int height) => (_values, _examples, _pictures) =
        (new float[checked(size * valuesOfOne)], new Example[size], [.. Enumerable.Range(0, size).Select(_ => new Picture(width, height))]);

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

    internal Span<float> Values(int index) =>
        _values.AsSpan(index * (_values.Length / _examples.Length), _values.Length / _examples.Length);

    /// <summary>
    /// For what the network sees of an example: pictures are large, and a new one for each would be most of what a run allocates.
    /// </summary>
    internal Picture Seen(int index) => _pictures[index];

    internal void Set(int index, Example example) => _examples[index] = example;
}
