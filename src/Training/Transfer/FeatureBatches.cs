using EdgeCnn.Engine;
using EdgeCnn.Training.Data;

namespace EdgeCnn.Training.Transfer;

/// <summary>
/// Batches of features in place of pictures: what a <see cref="FrozenTrunk"/> makes of each picture is computed once, in the first epoch
/// that needs it, and kept. Of an augmented data set a fixed number of views is kept, which the epochs show in turn.
/// </summary>
public sealed class FeatureBatches : IBatches, IDisposable
{
    private readonly Batches _pictures;
    private readonly Network _trunk;
    private readonly int _count;
    private readonly int _features;
    private readonly ulong _seed;
    private readonly float[]?[] _kept;
    private readonly Example[] _examples;
    private readonly Batch _batch;

    /// <param name="trunk">Makes the features.</param>
    /// <param name="pictures">Not shuffled.</param>
    /// <param name="count">Pictures of the data set.</param>
    /// <param name="views">Of each picture, 1 or more; epoch e shows view e modulo this.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="threads">That compute features; 0 takes one for each core.</param>
    public FeatureBatches(FrozenTrunk trunk, Batches pictures, int count, int views, ulong seed, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(views);
        if (pictures.Shuffles) throw new ArgumentException("The pictures have to come in the data set's order.", nameof(pictures));
        (_pictures, _count, _features, _seed, Views) = (pictures, count, trunk.Count, seed, views);
        _trunk = Network.Load(trunk.Trunk, new EngineOptions(threads));
        _kept = new float[checked(count * views)][];
        _examples = new Example[_kept.Length];
        _batch = new Batch(pictures.Size, _features, Nothing.Width, Nothing.Height);
    }

    /// <summary>Of each picture.</summary>
    public int Views { get; }

    public int Count => _pictures.Count;

    /// <summary>What all views of so many pictures take, in bytes.</summary>
    public static long Bytes(FrozenTrunk trunk, int pictures, int views) => (long)trunk.Count * sizeof(float) * pictures * views;

    public IEnumerable<Batch> Epoch(int epoch, int first = 0)
    {
        int view = epoch % Views;
        if (_kept[view * _count] is null) Keep(view);
        int[] order = [.. Enumerable.Range(0, _count)];
        Random64.For(_seed, epoch, -1).Shuffle(order.AsSpan());
        for (int number = first; number < Count; number++)
        {
            for (int i = 0; i < _pictures.Size; i++)
            {
                int place = view * _count + order[(number * _pictures.Size + i) % _count];
                _kept[place]!.CopyTo(_batch.Values(i));
                _batch.Set(i, _examples[place]);
            }
            _batch.Number = number;
            _batch.Fresh = Math.Min(_pictures.Size, _count - number * _pictures.Size);
            yield return _batch;
        }
    }

    public void Dispose() => _trunk.Dispose();

    /// <summary>Computes a view of all pictures.</summary>
    private void Keep(int view)
    {
        int next = view * _count;
        foreach (Batch batch in _pictures.Epoch(view))
        {
            for (int i = 0; i < batch.Fresh; i++)
            {
                batch.Values(i).CopyTo(_trunk.Input<float>(0));
                _trunk.Run();
                float[] features = new float[_features];
                for (int output = 0, at = 0; output < _trunk.Outputs.Count; output++)
                {
                    ReadOnlySpan<float> part = _trunk.Output<float>(output);
                    part.CopyTo(features.AsSpan(at));
                    at += part.Length;
                }
                _kept[next] = features;
                // The batch's pictures become others; what is read of them is the size that a mask has.
                Example example = batch.Examples[i];
                _examples[next++] = example.Mask is null ? example with { Picture = Nothing } : example;
            }
        }
    }

    private static readonly Picture Nothing = new(1, 1);
}
