using EdgeCnn.EdgeRuntime.Commands;

return await CommandLine.RunAsync(args);
