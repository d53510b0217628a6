using System.Runtime.CompilerServices;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>
/// The loops over views of equal extents. Axes of extent 1 vanish and neighbouring axes become one wherever every operand lies so that
/// they can, so that what is left as the innermost axis, the row, is as long as possible.
/// </summary>
internal sealed class Nest
{
    /// <summary>Axes after merging; more are refused.</summary>
    public const int MaxRank = 12;

    /// <summary>Operands of one nest: three inputs and an output.</summary>
    public const int MaxOperands = 4;

    private readonly int[] _extents;
    private readonly long[][] _strides;
    private readonly long[] _offsets;

    /// <param name="operands">Up to <see cref="MaxOperands"/> views with the same extents.</param>
    public Nest(params ReadOnlySpan<View> operands)
    {
        ReadOnlySpan<int> extents = operands[0].Extents;
        List<int> merged = [];
        List<long>[] strides = new List<long>[operands.Length];
        for (int operand = 0; operand < operands.Length; operand++)
        {
            strides[operand] = [];
            if (!operands[operand].Extents.AsSpan().SequenceEqual(extents))
                throw new ModelException(
                    $"The shapes {new Shape(extents)} and {new Shape(operands[operand].Extents)} were expected to be equal.");
        }
        if (extents.Contains(0))
        {
            extents = [];
            merged.Add(0);
        }
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] == 1) continue;
            bool merge = merged.Count > 0;
            for (int operand = 0; merge && operand < operands.Length; operand++)
                merge = strides[operand][^1] == operands[operand].Strides[axis] * extents[axis];
            if (merge) merged[^1] *= extents[axis];
            else merged.Add(extents[axis]);
            for (int operand = 0; operand < operands.Length; operand++)
            {
                if (merge) strides[operand][^1] = operands[operand].Strides[axis];
                else strides[operand].Add(operands[operand].Strides[axis]);
            }
        }
        if (merged.Count == 0 || merged[0] == 0)
        {
            if (merged.Count == 0) merged.Add(1);
            foreach (List<long> list in strides) list.Add(1);
        }
        if (merged.Count > MaxRank || operands.Length > MaxOperands)
        {
            throw new ModelException(
                $"An operation over {merged.Count} axes and {operands.Length} tensors is more than the {MaxRank} and {MaxOperands} supported.");
        }
        _extents = [.. merged];
        _strides = new long[operands.Length][];
        _offsets = new long[operands.Length];
        Count = 1;
        foreach (int extent in merged) Count *= extent;
        for (int operand = 0; operand < operands.Length; operand++)
            (_strides[operand], _offsets[operand]) = ([.. strides[operand]], operands[operand].Offset);
    }

    /// <summary>Number of elements that the loops visit.</summary>
    public long Count { get; }

    public ReadOnlySpan<int> Extents => _extents;

    /// <summary>Elements of a whole row.</summary>
    public int RowLength => _extents[^1];

    /// <summary>Distance between neighbours of a row, for one operand.</summary>
    public long RowStride(int operand) => _strides[operand][^1];

    public ReadOnlySpan<long> Strides(int operand) => _strides[operand];

    public long Offset(int operand) => _offsets[operand];

    /// <summary>Distance between the beginnings of neighbouring rows, for one operand.</summary>
    public long DownStride(int operand) => _extents.Length > 1 ? _strides[operand][^2] : 0;

    /// <summary>The stretches of rows that hold the elements <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public Runs Between(long from, long to) => new(this, from, to, blocks: false);

    /// <summary>The same, but whole rows that lie at equal distances come together: see <see cref="Runs.Rows"/>.</summary>
    public Runs Blocks(long from, long to) => new(this, from, to, blocks: true);

    /// <summary>Walks from stretch to stretch; allocates nothing.</summary>
    public ref struct Runs
    {
        private readonly Nest _nest;
        private readonly bool _blocks;
        private Indices _index;
        private Positions _position;
        private long _left;
        private int _length;
        private int _rows;

        internal Runs(Nest nest, long from, long to, bool blocks)
        {
            (_nest, _blocks) = (nest, blocks);
            _left = to - from;
            for (int operand = 0; operand < nest._strides.Length; operand++) _position[operand] = nest._offsets[operand];
            for (int axis = nest._extents.Length - 1; axis >= 0 && nest.Count > 0; axis--)
            {
                (from, long index) = Math.DivRem(from, nest._extents[axis]);
                _index[axis] = (int)index;
                for (int operand = 0; operand < nest._strides.Length; operand++) _position[operand] += index * nest._strides[operand][axis];
            }
        }

        /// <summary>Elements of the present stretch.</summary>
        public readonly int Length => _length;

        /// <summary>How many such stretches there are, each at <see cref="DownStride"/> from the one before.</summary>
        public readonly int Rows => _rows;

        /// <summary>Where the stretch begins in one operand, in elements.</summary>
        public readonly long this[int operand] => _position[operand];

        public bool MoveNext()
        {
            if (_length > 0) Advance();
            _left -= (long)_length * _rows;
            int[] extents = _nest._extents;
            int inner = extents.Length - 1;
            _length = (int)Math.Min(_left, extents[inner] - _index[inner]);
            bool many = _blocks && inner > 0 && _length == extents[inner] && _length > 0;
            _rows = many ? (int)Math.Min(_left / _length, extents[inner - 1] - _index[inner - 1]) : 1;
            return _length > 0;
        }

        private void Advance()
        {
            int[] extents = _nest._extents;
            int axis = extents.Length - 1;
            if (_rows == 1) Move(axis, _length);
            else Move(--axis, _rows);
            while (axis > 0 && _index[axis] == extents[axis])
            {
                Move(axis, -extents[axis]);
                Move(--axis, 1);
            }
        }

        private void Move(int axis, int by)
        {
            _index[axis] += by;
            long[][] strides = _nest._strides;
            for (int operand = 0; operand < strides.Length; operand++) _position[operand] += by * strides[operand][axis];
        }
    }

    [InlineArray(MaxRank)]
    private struct Indices
    {
        private int _first;
    }

    [InlineArray(MaxOperands)]
    private struct Positions
    {
        private long _first;
    }
}
