using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using EdgeCnn.Engine;

namespace EdgeCnn.EdgeRuntime.Commands;

/// <summary>
/// `edgecnn --version`: the program's version with the commit it was built from, and what it runs on, as a report of a bug needs them.
/// </summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Assembly program = typeof(VersionAction).Assembly;
        string version = program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? $"{program.GetName().Version}";
        parseResult.InvocationConfiguration.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"edgecnn {version}\n{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription}, ")
            + string.Create(CultureInfo.InvariantCulture, $"{RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} cores\n")
            + $"kernels for {Network.InstructionSet}");
        return 0;
    }
}
