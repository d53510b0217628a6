using Xunit.Abstractions;

namespace EdgeCnn.Engine.Tests;

public class OnnxNodeTests(ITestOutputHelper output)
{
    [OnnxNodeCasesFact]
    public void Every_case_of_onnx_passes_but_for_those_that_are_listed_with_a_reason()
    {
        List<string> surprises = [];
        int passed = 0;
        string[] cases = OnnxNodeCases.All();
        Parallel.ForEach(cases, folder =>
        {
            string name = Path.GetFileName(folder);
            string? why = OnnxNodeExceptions.Of(name);
            string? problem = OnnxNodeCases.Run(folder);
            lock (surprises)
            {
                if (problem is null) passed++;
                if (problem is null && why is not null) surprises.Add($"{name} passes, but is listed as an exception: {why}");
                if (problem is not null && why is null) surprises.Add($"{name}: {problem}");
            }
        });
        output.WriteLine($"{passed} of {cases.Length} cases pass.");
        Assert.True(surprises.Count == 0, $"{surprises.Count} surprises:\n{string.Join('\n', surprises)}");
    }
}
