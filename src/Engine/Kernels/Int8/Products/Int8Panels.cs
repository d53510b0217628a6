using System.Numerics;
using EdgeCnn.Engine.Kernels.Products;

namespace EdgeCnn.Engine.Kernels.Int8.Products;

/// <summary>
/// Matrices of 8-bit weights as <see cref="Int8Gemm"/> reads them: panel after panel of <see cref="Int8Gemm.Columns"/> columns, the last
/// of a matrix of
/// <see cref="Int8Gemm.FewColumns"/> when these suffice; in each, piece after piece of the rows of A; in each, groups of four k; in each,
/// column after column, the four weights (<see cref="Int8Gemm.ArrangeColumns"/> is the exception). What is missing of the last group or the
/// last columns is zero.
/// </summary>
internal sealed unsafe class Int8Panels
{
    // Below this, threads cost more than they win.
    private const long ParallelBytes = 1 << 18;

    // So many weights of each of a panel's columns stay in the first-level cache while they are interleaved.
    private const int Run = 256;

    private readonly MatrixSource _source;
    private readonly int _tapsOfPiece;
    private readonly sbyte* _packed;
    private readonly int* _sums;
    private readonly byte[] _chains;
    private readonly long _matrixBytes;

    /// <param name="source">How the matrices lie in <paramref name="weights"/>.</param>
    /// <param name="weights">What is multiplied by.</param>
    /// <param name="tapsOfPiece">Taps that lie side by side in each row of A.</param>
    /// <param name="memory">Where the panels are kept.</param>
    public Int8Panels(MatrixSource source, sbyte[] weights, int tapsOfPiece, Weights memory)
    {
        (_source, _tapsOfPiece) = (source, tapsOfPiece);
        Pieces = source.Taps.Length / Math.Max(1, tapsOfPiece);
        Length = (source.Depth * tapsOfPiece + 3) / 4 * 4;
        Count = (source.Columns + Int8Gemm.Columns - 1) / Int8Gemm.Columns;
        PaddedColumns = Count == 0 ? 0 : (Count - 1) * Int8Gemm.Columns + ColumnsOf(Count - 1);
        _matrixBytes = (long)Pieces * Length * PaddedColumns;
        _packed = memory.Allocate<sbyte>(source.Matrices * _matrixBytes);
        _sums = memory.Allocate<int>((long)source.Matrices * PaddedColumns);
        _chains = new byte[source.Matrices * Count];
        fixed (sbyte* first = weights)
        {
            sbyte* from = first;
            if (source.Matrices * _matrixBytes < ParallelBytes)
            {
                for (int i = 0; i < _chains.Length; i++) Pack(from, i);
            }
            else
            {
                Parallel.For(0, _chains.Length, i => Pack(from, i));
            }
        }
    }

    /// <summary>Pieces that a row of A is in.</summary>
    public int Pieces { get; }

    /// <summary>Elements of a piece, with those that make it a multiple of four.</summary>
    public int Length { get; }

    /// <summary>Panels of each matrix.</summary>
    public int Count { get; }

    /// <summary>Columns of all panels of a matrix.</summary>
    public int PaddedColumns { get; }

    /// <summary>Columns of each matrix.</summary>
    public int Columns => _source.Columns;

    /// <summary>Multiply-adds of one row of A by one matrix.</summary>
    public long MultiplyAddsOfRow => (long)_source.Length * _source.Columns;

    public int ColumnsOf(int panel) =>
        _source.Columns - panel * Int8Gemm.Columns <= Int8Gemm.FewColumns ? Int8Gemm.FewColumns : Int8Gemm.Columns;

    public sbyte* Panel(int matrix, int panel) => _packed + matrix * _matrixBytes + (long)Pieces * Length * Int8Gemm.Columns * panel;

    /// <summary>The sum of the weights of each column, which is what a data zero point of one takes away from each sum.</summary>
    public int* Sums(int matrix) => _sums + (long)matrix * PaddedColumns;

    /// <summary>How many groups of four k may be added in 16 bits (<see cref="ChainProof"/>).</summary>
    public int Chain(int matrix, int panel) => _chains[matrix * Count + panel];

    /// <summary>What the weights prove, in words: "70 % in chains of 2, 30 % in 16 bits"; empty where it makes no difference.</summary>
    public string Proof()
    {
        if (_chains.All(chain => chain == 0 && !Int8Gemm.IsWide(chain))) return "";
        IEnumerable<string> parts = _chains.CountBy(chain => chain).OrderByDescending(kind => kind.Key).Select(kind =>
        {
            string name = kind.Key switch
            {
                0 => "in 16 bits",
                1 => Cpu.HasNeon ? "one by one" : "in pairs",
                _ => $"in chains of {kind.Key}",
            };
            return kind.Value == _chains.Length ? name : $"{Math.Round(100.0 * kind.Value / _chains.Length)} % {name}";
        });
        return string.Join(", ", parts);
    }

    private void Pack(sbyte* source, int index)
    {
        (int matrix, int panel) = Math.DivRem(index, Count);
        int columns = ColumnsOf(panel), first = panel * Int8Gemm.Columns, real = Math.Min(columns, Columns - first), depth = _source.Depth;
        sbyte* packed = Panel(matrix, panel);
        source += matrix * _source.MatrixStride + first * _source.ColumnStride;
        for (int tap = 0; tap < _source.Taps.Length; tap++)
        {
            (int piece, int place) = Math.DivRem(tap, _tapsOfPiece);
            sbyte* to = packed + (long)piece * Length * columns;
            for (int k = 0; k < depth; k += Run)
            {
                sbyte* from = source + _source.Taps[tap] + k * _source.DepthStride;
                int count = Math.Min(Run, depth - k);
                for (int column = 0; column < real; column++)
                    PackRun(from + column * _source.ColumnStride, to + column * 4, place * depth + k, count, columns * 4);
            }
        }
        SumColumns(packed, columns, Sums(matrix) + first);
        int chain = ChainProof.Longest(packed, columns, Pieces, Length);
        _chains[index] = (byte)chain;
        if (Int8Gemm.ReadsColumns(chain)) Int8Gemm.ArrangeColumns(packed, Pieces, Length, chain);
    }

    /// <summary>Some weights of one column, which are from element <paramref name="at"/> of their piece on.</summary>
    private void PackRun(sbyte* from, sbyte* piece, int at, int count, nint groupBytes)
    {
        nint stride = (nint)_source.DepthStride;
        int k = 0;
        if (stride == 1 && at % 4 == 0)
        {
            for (; k <= count - 4; k += 4) *(int*)(piece + (at + k) / 4 * groupBytes) = *(int*)(from + k);
        }
        for (; k < count; k++) piece[(at + k) / 4 * groupBytes + (at + k) % 4] = from[k * stride];
    }

    private void SumColumns(sbyte* packed, int columns, int* sums)
    {
        nint groups = (nint)Pieces * Length / 4;
        for (int column = 0; column < columns; column += Vector<int>.Count)
        {
            Vector<int> sum = Vector<int>.Zero;
            for (nint group = 0; group < groups; group++)
            {
                Vector<int> four = Vector.Load((int*)packed + group * columns + column);
                sum += ((four << 24) >> 24) + ((four << 16) >> 24) + ((four << 8) >> 24) + (four >> 24);
            }
            sum.Store(sums + column);
        }
    }
}
