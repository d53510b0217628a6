using EdgeCnn.EdgeRuntime.Commands;

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
