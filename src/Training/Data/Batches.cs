using System.Collections.Concurrent;
using EdgeCnn.Models;
using EdgeCnn.Models.Tasks;
using EdgeCnn.Training.Augmenting;

namespace EdgeCnn.Training.Data;

/// <summary>
/// A data set in batches for a network, epoch by epoch: shuffled, loaded, augmented and brought to the network's size on threads of their
/// own, one batch ahead. What an epoch holds is decided by the seed and the epoch's number alone. Pictures that cannot be read are named in
/// <see cref="Skipped"/>, and others take their place.
/// </summary>
public sealed class Batches : IBatches
{
    /// <summary>The batch that is read and the one that is being filled.</summary>
    private const int Slots = 2;

    /// <summary>So many unreadable pictures in a row are no accident.</summary>
    private const int Patience = 20;

    private readonly IDataset _data;
    private readonly Augmentation _augmentation;
    private readonly Preprocessing _preprocessing;
    private readonly NamedValue _input;
    private readonly ulong _seed;
    private readonly ConcurrentDictionary<string, string> _skipped = new();
    private readonly Batch[] _slots;
    private int _running;

    /// <param name="data">At least one example.</param>
    /// <param name="augmentation">Null for none.</param>
    /// <param name="preprocessing">How the network is fed.</param>
    /// <param name="input">The network's input; its batch does not matter.</param>
    /// <param name="batch">Examples in a batch.</param>
    /// <param name="seed">Decides order and augmentation.</param>
    /// <exception cref="DataException">There is no example.</exception>
    /// <exception cref="ModelException">The input is no picture, or does not fit the preprocessing.</exception>
    public Batches(IDataset data, Augmentation? augmentation, Preprocessing preprocessing, NamedValue input, int batch, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        if (data.Count == 0) throw new DataException("The data set is empty; there is nothing to learn from.");
        (_data, _augmentation, _preprocessing, _input, _seed) = (data, augmentation ?? Augmentation.None, preprocessing, input, seed);
        Size = batch;
        Letterbox letterbox = new(preprocessing, input);
        _slots = [.. Enumerable.Range(0, Slots).Select(_ => new Batch(batch, letterbox.Length, letterbox.Width, letterbox.Height))];
    }

    /// <summary>Examples in a batch.</summary>
    public int Size { get; }

    /// <summary>Batches in an epoch; the last one is filled up with the epoch's first examples.</summary>
    public int Count => ((_data.Count - 1) / Size) + 1;

    /// <summary>Threads that load; results do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether every epoch has an order of its own; otherwise the data set's.</summary>
    public bool Shuffles { get; init; } = true;

    /// <summary>Pictures that could not be read so far, and why, by name.</summary>
    public IReadOnlyDictionary<string, string> Skipped => _skipped;

    /// <summary>The batches of an epoch, one after the other; one epoch at a time.</summary>
    /// <param name="epoch">Any number; each has its own order and augmentation.</param>
    /// <param name="first">The batch to begin with, for runs that were interrupted.</param>
    /// <exception cref="DataException">While enumerating: many pictures in a row cannot be read.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int first = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if (Interlocked.Exchange(ref _running, 1) != 0)
            throw new InvalidOperationException("An epoch of these batches is being read already.");
        try
        {
            int[] order = [.. Enumerable.Range(0, _data.Count)];
            if (Shuffles) Random64.For(_seed, epoch, -1).Shuffle(order.AsSpan());
            using Prefetch prefetch = new(_slots, Size, first, Count, Threads, () => Loader(epoch, order));
            for (int number = first; number < Count; number++)
            {
                Batch batch = prefetch.Next();
                batch.Number = number;
                batch.Fresh = Math.Min(Size, _data.Count - (number * Size));
                yield return batch;
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>What one thread does: puts the example at a place of the epoch's order into a batch.</summary>
    private Action<long, Batch, int> Loader(int epoch, int[] order)
    {
        Letterbox letterbox = new(_preprocessing, _input);
        bool draws = _augmentation != Augmentation.None;
        Canvas canvas = letterbox.Canvas with { Paper = draws ? new Picture(letterbox.Width, letterbox.Height) : null };
        return (place, batch, slot) =>
        {
            Random64 random = Random64.For(_seed, epoch, place);
            Example example = Load(order[place % order.Length], ref random);
            if (draws)
            {
                // What replaces an unreadable picture of a mosaic is drawn apart: it changes nothing else of the example.
                Random64 others = new(random.Next64());
                example = _augmentation.Apply(example, another => Load(another % order.Length, ref others), canvas, ref random);
            }
            batch.Set(slot, letterbox.Fill(example, draws, batch.Values(slot), batch.Seen(slot)));
        };
    }

    /// <summary>The example, or where it cannot be read another one.</summary>
    private Example Load(int index, ref Random64 random)
    {
        DataException? last = null;
        for (int attempt = 0; attempt < Patience; attempt++)
        {
            try
            {
                return _data.Load(index);
            }
            catch (DataException e)
            {
                last = e;
                _skipped[_data.NameOf(index)] = e.Message;
                index = random.Below(_data.Count);
            }
        }
        throw new DataException($"{Patience} pictures in a row cannot be read; the last: {last!.Message}", last);
    }
}
