using System.Diagnostics;
using System.Text.Json;

namespace EdgeCnn.EndToEnd;

/// <summary>The real program, run as a child process.</summary>
internal static class Edgecnn
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs it to its end.</summary>
    public static Outcome Run(params string[] arguments) => Run([], arguments);

    /// <summary>Likewise, with environment variables of its own.</summary>
    public static Outcome Run((string Name, string Value)[] environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"edgecnn {string.Join(' ', arguments)} did not end within {Patience}.");
        }
        return new Outcome(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Starts it with its standard streams redirected.</summary>
    public static Process Start(params string[] arguments) => Start([], arguments);

    /// <summary>Likewise, with environment variables of its own.</summary>
    public static Process Start((string Name, string Value)[] environment, string[] arguments)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "edgecnn.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment.Remove("EDGECNN_TRACE");
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
    }
}

/// <summary>How the program ended and what it said.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>The one JSON document on stdout.</summary>
    public JsonElement Json => Parse(Output);

    /// <summary>One JSON object per line of stdout.</summary>
    public JsonElement[] JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>It failed with this exit code and exactly this sentence, and printed nothing else.</summary>
    public void FailedWith(int exitCode, string sentence)
    {
        Assert.Equal($"edgecnn: {sentence}\n", Error);
        Assert.Equal(exitCode, ExitCode);
        Assert.Equal("", Output);
    }

    /// <summary>It failed with this exit code and said this sentence first.</summary>
    public void FailedFirstWith(int exitCode, string sentence)
    {
        Assert.StartsWith($"edgecnn: {sentence}\n", Error);
        Assert.Equal(exitCode, ExitCode);
    }

    public Outcome Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}{Output}");
        return this;
    }

    private static JsonElement Parse(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
