using EdgeCnn.EdgeRuntime.Commands.Measuring;
using EdgeCnn.EdgeRuntime.Inference;
using EdgeCnn.Models;
using EdgeCnn.Quantization;
using EdgeCnn.Quantization.Sensitivity;

namespace EdgeCnn.EdgeRuntime.Commands.Quantizing;

/// <summary>What a float network is worth by a measure of its task, 0 to 1.</summary>
/// <param name="Measure">Its name.</param>
/// <param name="Score">Of the float network.</param>
/// <param name="Of">Of another one.</param>
internal sealed record KnownScore(string Measure, double Score, Func<Graph, double> Of);

/// <summary>
/// What a quantised network loses against the float one: mean average precision, right answers or mean intersection over union where there
/// is data with known truth, else the noise's share of the outputs' energy.
/// </summary>
internal sealed class QuantizationGate : IDisposable
{
    private readonly Func<Graph, double> _drop;
    private readonly VisionModel? _model;
    private readonly CancellationToken _cancellation;

    private QuantizationGate(string what, Func<Graph, double> drop, VisionModel? model, CancellationToken cancellation) =>
        (What, _drop, _model, _cancellation) = (what, drop, model, cancellation);

    /// <summary>In words.</summary>
    public string What { get; }

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
            double reference = Score(model);
            return new QuantizationGate(ModelEvaluation.MeasureOf(model.Task.Kind), Drop, model, cancellation);

            double Drop(Graph network)
            {
                using VisionModel quantized = model.With(EngineNetwork.Load(network, inference, []));
                return reference - Score(quantized);
            }
        }
        catch
        {
            model.Dispose();
            throw;
        }

        double Score(VisionModel judged)
        {
            // What cannot be read was said when the float model was evaluated, and lacks on both sides.
            return ModelEvaluation.Of(judged, data, _ => { }, cancellation).Score;
        }
    }

    /// <param name="quantizer">After calibration.</param>
    /// <param name="pictures">What is computed to compare outputs.</param>
    /// <param name="cancellation">Ends it.</param>
    public static QuantizationGate ByOutputs(Quantizer quantizer, CalibrationSet pictures, CancellationToken cancellation)
    {
        OutputNoise noise = quantizer.Outputs(pictures);
        return new QuantizationGate("noise", noise.ShareOf, null, cancellation);
    }

    /// <param name="known">How networks are measured, and what the float one is worth.</param>
    /// <param name="cancellation">Ends it.</param>
    public static QuantizationGate ByScore(KnownScore known, CancellationToken cancellation) =>
        new(known.Measure, network => known.Score - known.Of(network), null, cancellation);

    /// <summary>What the network loses, as a share of 1.</summary>
    public double Drop(QuantizedNetwork network)
    {
        _cancellation.ThrowIfCancellationRequested();
        return _drop(network.Graph);
    }

    public void Dispose() => _model?.Dispose();
}
