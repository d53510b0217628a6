using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;
using Box = EdgeCnn.Training.Data.Box;

namespace EdgeCnn.Training.Losses;

/// <summary>The cells of a detector's head, numbered through all strides, and where their values lie in a batch's outputs.</summary>
internal sealed class HeadCells
{
    private readonly Level[] _levels;
    private readonly int[] _first;

    public HeadCells(ModelTask task)
    {
        LevelDecoder decoder = (LevelDecoder)task.Decoder!;
        (_levels, Classes) = (decoder.Levels.ToArray(), decoder.Classes);
        _first = new int[_levels.Length + 1];
        for (int i = 0; i < _levels.Length; i++) _first[i + 1] = _first[i] + _levels[i].Cells;
    }

    public int Classes { get; }

    /// <summary>Of one picture.</summary>
    public int Count => _first[^1];

    public int Levels => _levels.Length;

    public ref readonly Level Level(int level) => ref _levels[level];

    /// <summary>The number of a level's first cell.</summary>
    public int First(int level) => _first[level];

    /// <summary>The level of a cell.</summary>
    public int LevelOf(int cell)
    {
        int level = 0;
        while (cell >= _first[level + 1]) level++;
        return level;
    }

    /// <summary>A field's values of one picture.</summary>
    public static ReadOnlySpan<float> Values(TrainingNetwork network, int picture, scoped in Field field)
    {
        ReadOnlySpan<float> output = network.Output(field.Output);
        int each = output.Length / network.Batch;
        return output.Slice(picture * each, each)[field.Offset..];
    }

    /// <summary>The gradient of a field's values of one picture.</summary>
    public static Span<float> Gradient(TrainingNetwork network, int picture, scoped in Field field)
    {
        Span<float> output = network.OutputGradient(field.Output);
        int each = output.Length / network.Batch;
        return output.Slice(picture * each, each)[field.Offset..];
    }

    /// <exception cref="DataException">The box is of a class that the detector does not know.</exception>
    public void RequireClass(in Box box)
    {
        if ((uint)box.ClassId >= (uint)Classes)
            throw new DataException($"A box is of class {box.ClassId}; the detector tells {Classes} apart, 0 to {Classes - 1}.");
    }
}
