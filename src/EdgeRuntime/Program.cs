using EdgeCnn.EdgeRuntime.Commands;

return await CommandLine.RunAsync(
    args,
    DetectCommand.Create(),
    ClassifyCommand.Create(),
    InspectCommand.Create(),
    CompareCommand.Create(),
    EvaluateCommand.Create(),
    BenchCommand.Create());
