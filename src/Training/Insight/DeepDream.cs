using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Models.Zoo;

namespace EdgeCnn.Training.Insight;

/// <summary>What is to be dreamt of.</summary>
/// <param name="Layer">A value of the network.</param>
/// <param name="Channel">One of its channels; null: whatever in it answers already.</param>
public sealed record Dream(string Layer, int? Channel = null)
{
    /// <summary>Sizes from coarse to fine, each <see cref="Ratio"/> times the one before.</summary>
    public int Octaves { get; init; } = 4;

    public double Ratio { get; init; } = 1.4;

    /// <summary>Steps at each size.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>What a step changes on average, in levels of 0 to 255.</summary>
    public float StepLevels { get; init; } = 1.25f;

    /// <summary>Before each step the picture is moved by up to so many pixels, so that no grid of the network shows.</summary>
    public int Jitter { get; init; } = 16;

    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// Gradient ascent on the picture, so that a layer answers more (Mordvintsev, Olah, Tyka, "Inceptionism: Going Deeper into Neural
/// Networks", 2015): with octaves, so that patterns of all sizes appear, and jitter. The gradient is a mean of three smoothed ones, which
/// favours forms over speckles, and is scaled to the same mean change in each step.
/// </summary>
public static class DeepDream
{
    /// <summary>The smallest side of an octave.</summary>
    private const int LeastSide = 32;

    private static readonly double[] Deviations = [0.5, 1, 2];

    /// <param name="graph">A network of floats; its first input is an image.</param>
    /// <param name="how">How levels become the network's input.</param>
    /// <param name="picture">Levels 0 to 255 in the order of the network's channels.</param>
    /// <param name="dream">What of.</param>
    /// <param name="threads">How many work; 0: all cores.</param>
    /// <param name="progress">Told the number of steps done, <see cref="StepsOf"/> in all; may throw to end it.</param>
    /// <returns>Levels 0 to 255, as large as the picture.</returns>
    /// <exception cref="ModelException">There is no such layer or channel, it has no gradient, or what leads to it only fits images of
    /// another size.</exception>
    public static Planes Run(Graph graph, Preprocessing how, Planes picture, Dream dream, int threads = 0, IProgress<int>? progress = null)
    {
        Random64 random = new(dream.Seed);
        Planes? detail = null;
        Planes current = picture;
        int done = 0;
        foreach (ImageSize size in Sizes(picture, dream))
        {
            Planes octave = picture.Resized(size.Height, size.Width);
            current = detail is null ? new Planes(octave.Channels, octave.Height, octave.Width, [.. octave.Values])
                : octave.Plus(detail.Resized(size.Height, size.Width));
            using Ascent ascent = new(GraphCut.Upto(graph, [dream.Layer], size), how, dream, threads);
            for (int step = 0; step < dream.Steps; step++)
            {
                int reach = Math.Min(dream.Jitter, Math.Min(size.Height, size.Width) / 4);
                int down = random.Below(2 * reach + 1) - reach, right = random.Below(2 * reach + 1) - reach;
                current = ascent.Step(current.Rolled(down, right)).Rolled(-down, -right);
                progress?.Report(++done);
            }
            detail = current.Plus(octave, -1);
        }
        return current;
    }

    /// <summary>How many steps a dream has in all.</summary>
    public static int StepsOf(Planes picture, Dream dream) => Sizes(picture, dream).Count() * dream.Steps;

    private static IEnumerable<ImageSize> Sizes(Planes picture, Dream dream)
    {
        for (int octave = dream.Octaves - 1; octave >= 0; octave--)
        {
            double ratio = Math.Pow(dream.Ratio, -octave);
            ImageSize size = new((int)Math.Round(picture.Height * ratio), (int)Math.Round(picture.Width * ratio));
            // Layers that join maps of several strides need sides that halve without remainder.
            if (octave > 0) size = new ImageSize(size.Height / 32 * 32, size.Width / 32 * 32);
            if (octave == 0 || Math.Min(size.Height, size.Width) >= LeastSide) yield return size;
        }
    }

    /// <summary>The network at one size, up to the layer.</summary>
    private sealed class Ascent : IDisposable
    {
        private readonly TrainingNetwork _network;
        private readonly (float Factor, float Summand)[] _affine;
        private readonly Dream _dream;
        private readonly Planes _gradient;

        public Ascent(Graph cut, Preprocessing how, Dream dream, int threads)
        {
            Shape image = cut.Values[cut.Inputs[0]].Shape, layer = cut.Values[dream.Layer].Shape;
            if (layer.Rank < 2) throw new ModelException($"The layer '{dream.Layer}' has no channels.");
            if (dream.Channel is { } channel && (uint)channel >= (uint)layer[1])
                throw new ModelException($"The layer '{dream.Layer}' has the channels 0 to {layer[1] - 1}; there is no channel {channel}.");
            _network = TrainingNetwork.Plan(cut, new TrainingOptions(1, threads) { Learns = _ => false, InputGradients = true });
            (_dream, _gradient) = (dream, new Planes(image[1], image[2], image[3]));
            _affine = [.. Enumerable.Range(0, image[1]).Select(how.Affine)];
        }

        public Planes Step(Planes picture)
        {
            for (int c = 0; c < picture.Channels; c++)
            {
                Span<float> input = _network.Input(0).Slice(c * picture.Height * picture.Width, picture.Height * picture.Width);
                ReadOnlySpan<float> levels = picture.Channel(c);
                for (int i = 0; i < input.Length; i++) input[i] = levels[i] * _affine[c].Factor + _affine[c].Summand;
            }
            _network.Forward();
            Wish();
            _network.Backward();
            _network.InputGradient(0).CopyTo(_gradient.Values);
            for (int c = 0; c < picture.Channels; c++)
            {
                foreach (ref float value in _gradient.Channel(c)) value *= _affine[c].Factor;
            }

            Mute();
            Planes smooth = _gradient.Blurred(Deviations[0]);
            foreach (double deviation in Deviations[1..]) smooth = smooth.Plus(_gradient.Blurred(deviation));
            double mean = smooth.Values.Average(value => (double)Math.Abs(value));
            Planes next = picture.Plus(smooth, mean > 0 && double.IsFinite(mean) ? (float)(_dream.StepLevels / mean) : 0);
            foreach (ref float level in next.Values.AsSpan()) level = Math.Clamp(level, 0, 255);
            return next;
        }

        public void Dispose() => _network.Dispose();

        /// <summary>Networks see colours more sharply than people: what differs between channels counts half.</summary>
        private void Mute()
        {
            int places = _gradient.Height * _gradient.Width, channels = _gradient.Channels;
            for (int i = 0; i < places; i++)
            {
                float mean = 0;
                for (int c = 0; c < channels; c++) mean += _gradient.Values[c * places + i] / channels;
                for (int c = 0; c < channels; c++) _gradient.Values[c * places + i] = (_gradient.Values[c * places + i] + mean) / 2;
            }
        }

        /// <summary>The gradient of a channel's mean, or of half the mean square of all.</summary>
        private void Wish()
        {
            ReadOnlySpan<float> values = _network.Output(0);
            Span<float> gradient = _network.OutputGradient(0);
            if (_dream.Channel is not { } channel)
            {
                for (int i = 0; i < values.Length; i++) gradient[i] = values[i] / values.Length;
                return;
            }
            Shape shape = _network.Outputs[0].Shape;
            int places = (int)shape.CountBetween(2, shape.Rank);
            gradient.Clear();
            gradient.Slice(channel * places, places).Fill(1f / places);
        }
    }
}
