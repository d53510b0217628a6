namespace EdgeCnn.EdgeRuntime.Tracking;

/// <summary>
/// The pairing of rows and columns with the least total cost (Kuhn 1955; shortest augmenting paths with potentials, O(rows^2 * columns)).
/// Optimal rather than greedy, because when the camera itself turns every box may overlap its neighbour's old place best, and only the
/// pairing as a whole is right. Keeps its arrays: nothing is allocated once they are large enough.
/// </summary>
internal sealed class Assignment
{
    private double[] _rowPotential = [];
    private double[] _columnPotential = [];
    private double[] _slack = [];
    private int[] _rowOfColumn = [];
    private int[] _previous = [];
    private bool[] _visited = [];

    /// <param name="cost">Row-major, rows * columns finite values.</param>
    /// <param name="rows">At most as many as columns.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="columnOfRow">Receives each row's column; every row gets one.</param>
    public void Solve(ReadOnlySpan<float> cost, int rows, int columns, Span<int> columnOfRow)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, columns);
        Reset(rows, columns);
        // Row and column 0 of the arrays stand for "none"; real ones count from 1.
        for (int row = 1; row <= rows; row++)
        {
            _rowOfColumn[0] = row;
            int column = 0;
            _slack.AsSpan(0, columns + 1).Fill(double.PositiveInfinity);
            _visited.AsSpan(0, columns + 1).Clear();
            while (_rowOfColumn[column] != 0) column = Advance(cost, columns, column);
            while (column != 0)
            {
                _rowOfColumn[column] = _rowOfColumn[_previous[column]];
                column = _previous[column];
            }
        }
        for (int column = 1; column <= columns; column++)
        {
            if (_rowOfColumn[column] != 0) columnOfRow[_rowOfColumn[column] - 1] = column - 1;
        }
    }

    /// <summary>Lengthens the cheapest alternating path by one column, and says which.</summary>
    private int Advance(ReadOnlySpan<float> cost, int columns, int column)
    {
        _visited[column] = true;
        int row = _rowOfColumn[column], next = 0;
        double least = double.PositiveInfinity;
        for (int j = 1; j <= columns; j++)
        {
            if (_visited[j]) continue;
            double reduced = cost[((row - 1) * columns) + j - 1] - _rowPotential[row] - _columnPotential[j];
            if (reduced < _slack[j]) (_slack[j], _previous[j]) = (reduced, column);
            if (_slack[j] < least) (least, next) = (_slack[j], j);
        }
        for (int j = 0; j <= columns; j++)
        {
            if (_visited[j])
            {
                _rowPotential[_rowOfColumn[j]] += least;
                _columnPotential[j] -= least;
            }
            else
            {
                _slack[j] -= least;
            }
        }
        return next;
    }

    private void Reset(int rows, int columns)
    {
        if (_columnPotential.Length <= columns)
        {
            int size = Math.Max(columns + 1, 2 * _columnPotential.Length);
            (_columnPotential, _slack, _rowOfColumn, _previous, _visited) = (new double[size], new double[size], new int[size],
                new int[size], new bool[size]);
        }
        if (_rowPotential.Length <= rows) _rowPotential = new double[Math.Max(rows + 1, 2 * _rowPotential.Length)];
        _rowPotential.AsSpan(0, rows + 1).Clear();
        _columnPotential.AsSpan(0, columns + 1).Clear();
        _rowOfColumn.AsSpan(0, columns + 1).Clear();
    }
}
