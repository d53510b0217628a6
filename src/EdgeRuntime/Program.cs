using EdgeCnn.EdgeRuntime.Commands;
using EdgeCnn.EdgeRuntime.Commands.Learning;
using EdgeCnn.EdgeRuntime.Commands.Looking;
using EdgeCnn.EdgeRuntime.Commands.Measuring;
using EdgeCnn.EdgeRuntime.Commands.Operating;
using EdgeCnn.EdgeRuntime.Commands.Quantizing;

return await CommandLine.RunAsync(
    args,
    RunCommand.Create(),
    ReplayCommand.Create(),
    ExportCommand.Create(),
    DemoCommand.Create(),
    DetectCommand.Create(),
    ClassifyCommand.Create(),
    SegmentCommand.Create(),
    InspectCommand.Create(),
    ZooCommand.Create(),
    ShowCommand.Create(),
    CompareCommand.Create(),
    EvaluateCommand.Create(),
    TrainCommand.Create(),
    FinetuneCommand.Create(),
    ScenesCommand.Create(),
    QuantizeCommand.Create(),
    BenchCommand.Create(),
    FootprintCommand.Create(),
    DoctorCommand.Create(),
    SettingsCommand.Create());
