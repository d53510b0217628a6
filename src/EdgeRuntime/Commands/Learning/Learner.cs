using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Data;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>A network that is to learn.</summary>
/// <param name="Graph">For one picture, with the classes of the data.</param>
/// <param name="Card">What is known of it beside its metadata; task and labels are those of the data.</param>
/// <param name="Learns">Which constants learn, by name; null: all.</param>
internal sealed record Learner(Graph Graph, ModelCard? Card = null, Func<string, bool>? Learns = null)
{
    /// <summary>Makes what is judged and written of what has learned: without what only helps to learn.</summary>
    public Func<Graph, Graph> Finish { get; init; } = graph => graph;

    /// <summary>How the outputs of what is judged and written lie, where that is otherwise than in what learns.</summary>
    public HeadCard? Head { get; init; }

    /// <summary>Augmented views of each picture, of which what does not learn is computed once; 0: every epoch has its own.</summary>
    public int Views { get; init; }

    public NamedValue Input => NamedValue.Of(Graph, Graph.Inputs[0]);

    /// <summary>What it is to do with the data.</summary>
    /// <exception cref="ModelException">It cannot do that.</exception>
    public ModelTask Task(IDataset data)
    {
        ModelCard said = new() { Task = ModelCard.NameOf(data.Task), Labels = data.Labels };
        return ModelTask.Resolve([Input], [.. Graph.Outputs.Select(name => NamedValue.Of(Graph, name))], Graph.Metadata, said.Over(Card));
    }

    /// <summary>Everything that a reader of the model would otherwise have to guess.</summary>
    public ModelCard WrittenCard(ModelTask task, IDataset data, string provenance)
    {
        ModelCard known = new()
        {
            Task = ModelCard.NameOf(data.Task),
            Labels = data.Labels,
            Preprocessing = PreprocessingCard.Of(task.Preprocessing),
            Head = data.Task == TaskKind.Classify ? new HeadCard { Scores = Activation.Softmax } : Head,
        };
        ModelCard? own = ModelCard.Of(Graph.Metadata);
        return known.Over(Card?.Over(own) ?? own) with { LabelsFile = null, Provenance = provenance };
    }
}
