using System.Text.RegularExpressions;

namespace EdgeCnn.Engine.Tests;

/// <summary>ONNX's test cases that do not pass, by patterns that their names begin with, and why.</summary>
internal static class OnnxNodeExceptions
{
    private static readonly (string Why, string[] Patterns)[] Table =
    [
        ("recurrent networks", ["test_gru_", "test_lstm_", "test_rnn_", "test_simple_rnn_", "test_reversesequence_"]),
        (
            "loops and branches that are decided at run time",
            [
                "test_loop", "test_scan", "test_range_float_type_positive_delta_expanded",
                "test_range_int32_type_negative_delta_expanded",
            ]
        ),
        (
            "sequences and optional values",
            [
                "test_sequence_", "test_optional_", "test_identity_opt", "test_identity_sequence", "test_if_opt",
                "test_if_seq",
            ]
        ),
        (
            "strings",
            [
                "test_strnormalizer_", "test_tfidfvectorizer_", "test_cast_FLOAT_to_STRING", "test_cast_STRING_to_FLOAT",
                "test_castlike_FLOAT_to_STRING", "test_castlike_STRING_to_FLOAT",
            ]
        ),
        (
            "bfloat16",
            [
                "test_cast_BFLOAT16_to_FLOAT", "test_cast_FLOAT_to_BFLOAT16", "test_castlike_BFLOAT16_to_FLOAT",
                "test_castlike_FLOAT_to_BFLOAT16",
            ]
        ),
        (
            "training",
            [
                "test_adagrad", "test_adam", "test_momentum", "test_nesterov_momentum",
                "test_training_dropout(?!_zero_ratio$)", "test_sce_", "test_nllloss_(?!.*expanded)",
                "test_batchnorm_epsilon_training_mode", "test_batchnorm_example_training_mode",
            ]
        ),
        ("random numbers", ["test_bernoulli"]),
        ("signal processing", ["test_dft", "test_stft", "test_melweightmatrix", "test_(blackman|hamming|hann)window(?!.*expanded)"]),
        ("hyperbolic functions", ["test_acosh", "test_asinh", "test_atanh", "test_cosh", "test_sinh"]),
        ("scattering, and gathering by tuples", ["test_scatter", "test_gathernd_", "test_onehot_"]),
        ("outputs whose shape depends on values", ["test_compress_", "test_unique_", "test_nonmaxsuppression_"]),
        ("three spatial axes", ["test_averagepool_3d_default", "test_convtranspose_3d", "test_maxpool_3d_default"]),
        ("indices of the maxima", ["test_maxpool_with_argmax_", "test_maxunpool_"]),
        ("the mask of Dropout", ["test_dropout_default_mask"]),
        ("BitShift", ["test_bitshift_"]),
        ("Det", ["test_det_"]),
        ("Einsum", ["test_einsum_"]),
        ("EyeLike and Trilu", ["test_eyelike_", "test_tril", "test_triu"]),
        ("GridSample and RoiAlign", ["test_gridsample", "test_roialign_"]),
        ("Hardmax", ["test_hardmax_"]),
        ("IsInf", ["test_isinf"]),
        ("MeanVarianceNormalization", ["test_mvn$"]),
        (
            "the expected values come from output / scale instead of the output's extent; ONNX Runtime leaves these cases out too",
            ["test_resize_downsample_scales_cubic_align_corners", "test_resize_downsample_scales_linear_align_corners"]
        ),
    ];

    /// <summary>Why a case does not pass; null when it has to.</summary>
    public static string? Of(string name) =>
        Table.FirstOrDefault(entry => entry.Patterns.Any(pattern => Regex.IsMatch(name, "^" + pattern, RegexOptions.CultureInvariant))).Why;
}
