namespace EdgeCnn.Training.Data;

/// <summary>What a network learns from: the same epoch gives the same batches always.</summary>
public interface IBatches
{
    /// <summary>Batches in an epoch.</summary>
    int Count { get; }

    /// <summary>The batches of an epoch, one after the other; one epoch at a time.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="first">The batch to begin with, for runs that were interrupted.</param>
    IEnumerable<Batch> Epoch(int epoch, int first = 0);
}
