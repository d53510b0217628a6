using EdgeCnn.Models.Tasks;

namespace EdgeCnn.Quantization.Evaluation;

/// <summary>Counts how often a classifier's answers hold the truth.</summary>
public sealed class ClassificationEvaluation
{
    private int _first;
    private int _amongFive;

    /// <summary>Pictures evaluated.</summary>
    public int Images { get; private set; }

    /// <summary>How often the best answer is right, 0 to 1.</summary>
    public double Top1 => Images == 0 ? 0 : (double)_first / Images;

    /// <summary>How often the truth is among the five best answers, 0 to 1.</summary>
    public double Top5 => Images == 0 ? 0 : (double)_amongFive / Images;

    /// <summary>Takes in one picture.</summary>
    /// <param name="classId">What it shows.</param>
    /// <param name="answers">The classifier's answers, best first; at least five where the model has as many classes.</param>
    public void Add(int classId, IReadOnlyList<ClassScore> answers)
    {
        Images++;
        for (int i = 0; i < Math.Min(answers.Count, 5); i++)
        {
            if (answers[i].ClassId != classId) continue;
            if (i == 0) _first++;
            _amongFive++;
            return;
        }
    }
}
