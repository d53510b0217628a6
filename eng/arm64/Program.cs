using EdgeCnn.Arm64;

// One program for both processors: started by dotnet it gives the answers of this machine, under emulation those of ARM64.
return args switch
{
    ["test", string assembly, .. string[] classes] => TestRun.Of(assembly, classes),
    ["network", .. string[] models] when models.Length > 0 => NetworkRun.Digest(models),
    ["count", string model] => NetworkRun.Count(model),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: arm64 test TESTS.dll [CLASS...] | network MODEL.onnx... | count MODEL.onnx");
    return 2;
}
