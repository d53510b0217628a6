using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>
/// Settings "Care:*": what the daemon does without, one step after the other, while the board is too hot, throttled or short of memory.
/// </summary>
public sealed class CareOptions : IValidatableObject
{
    /// <summary>Fewer pictures are recorded.</summary>
    public const string Pictures = "pictures";

    /// <summary>Fewer frames go through the network.</summary>
    public const string Rate = "rate";

    /// <summary>The network sees smaller pictures.</summary>
    public const string Size = "size";

    /// <summary>Another network.</summary>
    public const string OtherModel = "model";

    /// <summary>
    /// What is given up, in this order: pictures (at most PicturesPerSecond are recorded), rate (at most FramesPerSecond go through the
    /// network), size (the network's input becomes InputWidth x InputHeight), model (the network becomes Model); with commas between.
    /// Empty: nothing.
    /// </summary>
    public string Steps { get; set; } = $"{Pictures}, {Rate}";

    /// <summary>
    /// From this temperature on, in degrees Celsius, the next step is taken; also when the clock is throttled or memory is short.
    /// </summary>
    [Range(30, 150, ErrorMessage = "30 to 150 degrees Celsius")]
    public int HotC { get; set; } = 80;

    /// <summary>Down to this temperature it has to cool before a step is taken back; between the two all stays as it is.</summary>
    [Range(20, 149, ErrorMessage = "20 to 149 degrees Celsius")]
    public int CoolC { get; set; } = 72;

    /// <summary>Memory is short with less than so many megabytes free; 0: never.</summary>
    [Range(0, 1_000_000, ErrorMessage = "0 to 1000000 megabytes")]
    public int MinFreeMemoryMegabytes { get; set; } = 100;

    /// <summary>Seconds that a step is given to help before the next one.</summary>
    [Range(1, 3600, ErrorMessage = "1 to 3600 seconds")]
    public int StepSeconds { get; set; } = 15;

    /// <summary>Seconds for which all has to be well before the last step is taken back.</summary>
    [Range(1, 86_400, ErrorMessage = "1 to 86400 seconds")]
    public int RelaxSeconds { get; set; } = 60;

    /// <summary>Step pictures: the most pictures per second that are recorded.</summary>
    [Range(0.01, 1000.0, ErrorMessage = "0.01 to 1000 pictures per second")]
    public double PicturesPerSecond { get; set; } = 1;

    /// <summary>
    /// Step rate: the most frames per second that go through the network; with fewer than 1000 / Link:TtlMs a robot stops between two of
    /// them.
    /// </summary>
    [Range(0.1, 1000.0, ErrorMessage = "0.1 to 1000 frames per second")]
    public double FramesPerSecond { get; set; } = 10;

    /// <summary>Step size: width of the network's input in pixels, for models that leave it open.</summary>
    [Range(1, 16384, ErrorMessage = "1 to 16384 pixels")]
    public int? InputWidth { get; set; }

    /// <summary>Step size: height of the network's input in pixels, for models that leave it open.</summary>
    [Range(1, 16384, ErrorMessage = "1 to 16384 pixels")]
    public int? InputHeight { get; set; }

    /// <summary>Step model: the ONNX file of a smaller network for the same task.</summary>
    public string Model { get; set; } = "";

    /// <summary>The steps in their order.</summary>
    internal string[] Order => Steps.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Every step has to be one of the four, and to have what it needs.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Order.Any(step => step is not (Pictures or Rate or Size or OtherModel)) || Order.Distinct().Count() < Order.Length)
            yield return new("pictures, rate, size, model, or some of them in any order with commas between", [nameof(Steps)]);
        if (CoolC >= HotC) yield return new("lower than Care:HotC", [nameof(CoolC)]);
        if (Order.Contains(Size) && (InputWidth is null || InputHeight is null))
            yield return new("given together with InputHeight when Care:Steps names size", [nameof(InputWidth)]);
        if (Order.Contains(OtherModel) && Model.Length == 0) yield return new("an ONNX file when Care:Steps names model", [nameof(Model)]);
    }
}
