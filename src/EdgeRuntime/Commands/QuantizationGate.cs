using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Quantization;
using EdgeCnn.Quantization.Sensitivity;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// What a quantised network loses against the float one: mean average precision or right answers where there is data with known truth,
/// else the noise's share of the outputs' energy.
/// </summary>
internal sealed class QuantizationGate : IDisposable
{
    private readonly VisionModel? _model;
    private readonly EvaluationData? _data;
    private readonly InferenceOptions _inference;
    private readonly OutputNoise? _noise;
    private readonly double _reference;
    private readonly CancellationToken _cancellation;

    private QuantizationGate(
        VisionModel? model, EvaluationData? data, InferenceOptions inference, OutputNoise? noise, CancellationToken cancellation)
    {
        (_model, _data, _inference, _noise, _cancellation) = (model, data, inference, noise, cancellation);
        if (model is not null) _reference = Score(model);
    }

    /// <summary>In words.</summary>
    public string What => _model is null ? "noise" : _model.Detector is null ? "top-1" : "mAP@[.5:.95]";

    /// <param name="options">The float model, and what its task's evaluation wants.</param>
    /// <param name="inference">Who computes.</param>
    /// <param name="data">With known truth.</param>
    /// <param name="cancellation">Ends it.</param>
    public static QuantizationGate ByTruth(
        ModelOptions options, InferenceOptions inference, EvaluationData data, CancellationToken cancellation)
    {
        VisionModel model = VisionModel.Load(options, inference);
        try
        {
            ModelEvaluation.Require(model, options.Path, data);
            return new QuantizationGate(model, data, inference, null, cancellation);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <param name="quantizer">After calibration.</param>
    /// <param name="pictures">What is computed to compare outputs.</param>
    /// <param name="cancellation">Ends it.</param>
    public static QuantizationGate ByOutputs(Quantizer quantizer, CalibrationSet pictures, CancellationToken cancellation) =>
        new(null, null, new InferenceOptions(), quantizer.Outputs(pictures), cancellation);

    /// <summary>What the network loses, as a share of 1.</summary>
    public double Drop(QuantizedNetwork network)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_noise is not null) return _noise.ShareOf(network.Graph);
        using VisionModel quantized = _model!.With(EngineNetwork.Load(network.Graph, _inference, []));
        return _reference - Score(quantized);
    }

    public void Dispose() => _model?.Dispose();

    private double Score(VisionModel model)
    {
        // What cannot be read was said when the float model was evaluated, and lacks on both sides.
        ModelEvaluation result = ModelEvaluation.Of(model, _data!, _ => { }, _cancellation);
        return result.Detection?.MeanAveragePrecision ?? result.Classification!.Top1;
    }
}
