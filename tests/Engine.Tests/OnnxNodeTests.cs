namespace EdgeCnn.Engine.Tests;

public class OnnxNodeTests
{
    [OnnxNodeCasesFact]
    public void Every_case_of_onnx_whose_operator_is_supported_passes()
    {
        List<string> wrong = [];
        foreach (string folder in OnnxNodeCases.All())
        {
            string name = Path.GetFileName(folder);
            string? problem = OnnxNodeCases.Run(folder);
            if (problem is not null) wrong.Add($"{name}: {problem}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count}: {string.Join('\n', wrong)}");
    }
}
