using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Training.Data;

/// <summary>Examples by number. Loading is safe from several threads at once, and the same number gives the same example always.</summary>
public interface IDataset
{
    /// <summary>What its labels are for.</summary>
    TaskKind Task { get; }

    /// <summary>Class names in the order of the class ids.</summary>
    IReadOnlyList<string> Labels { get; }

    int Count { get; }

    /// <summary>Example <paramref name="index"/>, decoded anew.</summary>
    /// <exception cref="DataException">The picture cannot be read; the message names the file.</exception>
    Example Load(int index);

    /// <summary>Which file or row it is, for messages.</summary>
    string NameOf(int index);

    /// <summary>The class of the whole picture where that is known without decoding it, otherwise -1.</summary>
    int ClassOf(int index) => -1;
}
