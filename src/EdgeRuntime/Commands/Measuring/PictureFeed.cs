using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Commands.Measuring;

/// <summary>Feeds pictures to any network, whether it is known what the network is for or not.</summary>
internal sealed class PictureFeed
{
    private readonly Preprocessor? _preprocessor;

    private PictureFeed(Preprocessor? preprocessor, params IEnumerable<string> assumptions) =>
        (_preprocessor, Assumptions) = (preprocessor, [.. assumptions]);

    /// <summary>What was assumed about the input, a sentence each.</summary>
    public IReadOnlyList<string> Assumptions { get; }

    /// <summary>Pictures as the model's task wants them; else stretched, RGB, 0 to 1; else, where the input is no picture, noise.</summary>
    public static PictureFeed For(
        string path, IReadOnlyList<NamedValue> inputs, IReadOnlyList<NamedValue> outputs, IReadOnlyDictionary<string, string> metadata)
    {
        if (inputs.Count == 0) return new PictureFeed(null, "The model has no inputs, so the images do not matter.");
        NamedValue input = inputs[0];
        try
        {
            ModelTask task = ModelTask.Resolve(inputs, outputs, metadata, ModelCard.Beside(path));
            return new PictureFeed(new Preprocessor(task.Preprocessing, input));
        }
        catch (ModelException)
        {
            // What the model is for does not matter here.
        }
        try
        {
            (int channels, _, _, _) = Preprocessor.PictureShape(input);
            Preprocessing stretched =
                new() { Resize = ResizePolicy.Stretch, Channels = channels == 1 ? ChannelOrder.Grey : ChannelOrder.Rgb };
            return new PictureFeed(
                new Preprocessor(stretched, input),
                "What the model is for is not known, so pictures are fed stretched to its input, with values from 0 to 1.");
        }
        catch (ModelException)
        {
            return new PictureFeed(null,
                $"The input '{input.Name}' ({input.Shape}) is no picture, so it is fed with noise from 0 to 1 instead of the images.");
        }
    }

    /// <summary>Whether pictures matter: the first input takes them.</summary>
    public bool TakesPictures => _preprocessor is not null;

    /// <summary>Writes the picture into the first input.</summary>
    public void Fill(ImageView picture, Span<float> input) => _preprocessor!.Run(picture, input);

    /// <summary>Writes the picture into the first input, and noise into all others.</summary>
    public void Fill(ImageView picture, INetwork network)
    {
        for (int i = 0; i < network.Inputs.Count; i++)
        {
            if (i == 0 && _preprocessor is not null) _preprocessor.Run(picture, network.Input(0));
            else Benchmark.Noise(network.Input(i));
        }
    }
}
