using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Shaping;

/// <summary>
/// Which inputs make an output of Resize along one axis, and with which weights (ONNX Resize-19). Coordinates are computed in single
/// precision: near a tie that decides which neighbour is taken, and files were made with runtimes that do so.
/// </summary>
internal sealed class ResizeCoordinates
{
    private readonly Resize _op;
    private readonly int _axis;
    private readonly int _input;
    private readonly int _output;

    public ResizeCoordinates(Resize op, int axis, int input, int output) => (_op, _axis, _input, _output) = (op, axis, input, output);

    /// <summary>Every output is the input of the same index.</summary>
    public bool IsIdentity => _input == _output && (_op.Coordinates switch
    {
        CoordinateMode.TfCropAndResize => Start == 0f && End == 1f,
        CoordinateMode.AlignCorners => true,
        _ => _op.Scales[_axis] == 1f,
    });

    private float Start => _op.Roi[_axis];

    private float End => _op.Roi[_axis + _op.Roi.Length / 2];

    /// <summary>
    /// For nearest: the input index of each output index, <see cref="IndexedCopy.Outside"/> for what lies outside a cropped region.
    /// </summary>
    public int[] NearestIndices()
    {
        int[] table = new int[_output];
        for (int i = 0; i < _output; i++)
        {
            float x = IsIdentity ? i : Coordinate(i);
            table[i] = IsOutside(x) ? IndexedCopy.Outside : Math.Clamp((int)Round(x), 0, _input - 1);
        }
        return table;
    }

    /// <summary>For linear and cubic: the same number of inputs for every output; those without weight repeat the first.</summary>
    public Taps Taps()
    {
        if (IsIdentity) return new Taps(1, [.. Enumerable.Range(0, _output)], [.. Enumerable.Repeat(1f, _output)], new bool[_output]);
        int count = _op.Mode == ResizeMode.Cubic ? 4 : 2;
        Taps taps = new(count, new int[_output * count], new float[_output * count], new bool[_output]);
        for (int i = 0; i < _output; i++)
        {
            float x = Coordinate(i);
            taps.Outside[i] = IsOutside(x);
            Span<int> indices = taps.Indices.AsSpan(i * count, count);
            Span<float> weights = taps.Weights.AsSpan(i * count, count);
            if (_op.Mode == ResizeMode.Cubic) Cubic(x, indices, weights);
            else Linear(x, indices, weights);
        }
        return taps;
    }

    private float Coordinate(int i)
    {
        float scale = _op.Scales[_axis];
        switch (_op.Coordinates)
        {
            case CoordinateMode.HalfPixel:
                return (i + 0.5f) / scale - 0.5f;
            case CoordinateMode.PytorchHalfPixel:
                return _output > 1 ? (i + 0.5f) / scale - 0.5f : 0f;
            case CoordinateMode.AlignCorners:
                return _output == 1 ? 0f : (float)i * (_input - 1) / (_output - 1);
            case CoordinateMode.HalfPixelSymmetric:
                float adjustment = _output / (scale * _input);
                return _input / 2f * (1 - adjustment) + (i + 0.5f) / scale - 0.5f;
            case CoordinateMode.TfCropAndResize:
                return _output > 1
                    ? Start * (_input - 1) + i * (End - Start) * (_input - 1) / (_output - 1)
                    : 0.5f * (Start + End) * (_input - 1);
            default:
                return i / scale;
        }
    }

    private bool IsOutside(float x) => _op.Coordinates == CoordinateMode.TfCropAndResize && (x < 0 || x > _input - 1);

    private float Round(float x) => _op.Nearest switch
    {
        NearestMode.RoundPreferFloor => MathF.Ceiling(x - 0.5f),
        NearestMode.RoundPreferCeil => MathF.Floor(x + 0.5f),
        NearestMode.Floor => MathF.Floor(x),
        _ => MathF.Ceiling(x),
    };

    private void Linear(float x, Span<int> indices, Span<float> weights)
    {
        x = Math.Clamp(x, 0f, _input - 1);
        indices[0] = (int)x;
        indices[1] = Math.Min(indices[0] + 1, _input - 1);
        weights[1] = x - indices[0];
        weights[0] = 1f - weights[1];
    }

    /// <summary>The convolution kernel of Keys (1981) with parameter CubicA.</summary>
    private void Cubic(float x, Span<int> indices, Span<float> weights)
    {
        double a = _op.CubicA;
        int floor = (int)MathF.Floor(x);
        double s = x - floor;
        weights[0] = (float)(((a * (s + 1) - 5 * a) * (s + 1) + 8 * a) * (s + 1) - 4 * a);
        weights[1] = (float)(((a + 2) * s - (a + 3)) * s * s + 1);
        weights[2] = (float)(((a + 2) * (1 - s) - (a + 3)) * (1 - s) * (1 - s) + 1);
        weights[3] = (float)(((a * (2 - s) - 5 * a) * (2 - s) + 8 * a) * (2 - s) - 4 * a);
        float sum = 0;
        for (int k = 0; k < 4; k++)
        {
            int index = floor - 1 + k;
            if (_op.ExcludeOutside && (index < 0 || index >= _input)) weights[k] = 0;
            indices[k] = Math.Clamp(index, 0, _input - 1);
            sum += weights[k];
        }
        for (int k = 0; k < 4 && _op.ExcludeOutside; k++) weights[k] /= sum;
    }
}

/// <summary>Inputs and weights of one axis.</summary>
/// <param name="Count">Inputs per output.</param>
/// <param name="Indices">Count for each output.</param>
/// <param name="Weights">Count for each output.</param>
/// <param name="Outside">Outputs that get the extrapolation value instead.</param>
internal sealed record Taps(int Count, int[] Indices, float[] Weights, bool[] Outside);
