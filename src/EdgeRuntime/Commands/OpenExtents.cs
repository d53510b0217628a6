using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>The options that give what a model file leaves open: the size of its pictures, or the whole shape of an input.</summary>
internal sealed class OpenExtents
{
    private const int MostExtent = 1 << 16;

    private readonly Option<Shape?> _size = new("--size")
    {
        Description = "Width and height of the network's picture, for models that leave them open.",
        HelpName = "WIDTHxHEIGHT",
        CustomParser = result =>
            Extents(result, result.Tokens[0].Value) is { Rank: 2 } size ? size : Refuse(result, "a width and a height, such as 640x480"),
    };

    private readonly Option<Dictionary<string, Shape>?> _shapes = new("--shape")
    {
        Description = "The shape of an input, for models that leave it open; may be given once for each input.",
        HelpName = "NAME=1x3x640x640",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ByName,
    };

    public void AddTo(Command command, bool everyInput = true)
    {
        command.Add(_size);
        if (everyInput) command.Add(_shapes);
    }

    public OnnxReadOptions From(ParseResult parsed)
    {
        Shape? size = parsed.GetValue(_size);
        return new OnnxReadOptions { Width = size?[0], Height = size?[1], InputShapes = parsed.GetValue(_shapes) ?? [] };
    }

    /// <summary>The command line that gives these extents.</summary>
    public static IEnumerable<string> Arguments(OnnxReadOptions open)
    {
        if (open is { Width: { } width, Height: { } height })
            yield return string.Create(CultureInfo.InvariantCulture, $"--size={width}x{height}");
        foreach ((string name, Shape shape) in open.InputShapes) yield return $"--shape={name}={shape}";
    }

    private static Dictionary<string, Shape> ByName(ArgumentResult result)
    {
        Dictionary<string, Shape> shapes = [];
        foreach (Token token in result.Tokens)
        {
            // Names may hold '=' and ':' themselves; a shape cannot.
            int equals = token.Value.LastIndexOf('=');
            if (equals > 0 && Extents(result, token.Value[(equals + 1)..]) is { } shape) shapes[token.Value[..equals]] = shape;
            else Refuse(result, "NAME=SHAPE, such as images=1x3x640x640");
        }
        return shapes;
    }

    private static Shape? Extents(ArgumentResult result, string text)
    {
        string[] parts = text.Split('x');
        int[] extents = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out extents[i])
                || extents[i] is < 1 or > MostExtent)
                return null;
        }
        try
        {
            return new Shape(extents);
        }
        catch (ModelException e)
        {
            result.AddError(e.Message);
            return Shape.Scalar;
        }
    }

    private static Shape? Refuse(ArgumentResult result, string accepted)
    {
        result.AddError($"{((OptionResult)result.Parent!).Option.Name} takes {accepted}, not '{result.Tokens[^1].Value}'.");
        return null;
    }
}
