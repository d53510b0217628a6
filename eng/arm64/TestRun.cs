using System.Reflection;
using System.Runtime.Loader;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace EdgeCnn.Arm64;

/// <summary>
/// Runs xunit tests in this process: the test host of <c>dotnet test</c> starts the machine's own .NET, not the emulated one.
/// </summary>
internal static class TestRun
{
    /// <summary>Runs the tests of an assembly and prints what failed, and their count.</summary>
    /// <param name="path">The assembly; what it needs lies beside it.</param>
    /// <param name="classes">Names of the test classes to run, without namespace; none means all.</param>
    public static int Of(string path, string[] classes)
    {
        // Calls that the runtime compiles for reflection crash under emulation now and then; interpreted ones do not. The switch was read
        // before Main.
        typeof(object).Assembly.GetType("System.LocalAppContextSwitches")!
            .GetField("s_forceInterpretedInvoke", BindingFlags.Static | BindingFlags.NonPublic)!.SetValue(null, 1);
        path = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(path)!;
        AppContext.SetData("APP_CONTEXT_BASE_DIRECTORY", folder + Path.DirectorySeparatorChar);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, name.Name + ".dll") is string file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
        IAssemblyInfo assembly = Reflector.Wrap(AssemblyLoadContext.Default.LoadFromAssemblyPath(path));

        using Log log = new();
        using XunitTestFramework framework = new(log);
        using ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(assembly);
        discoverer.Find(includeSourceInformation: false, log, new Options());
        log.Discovered.Wait();

        HashSet<string> wanted = [.. classes];
        List<ITestCase> cases = [.. log.Cases.Where(test => wanted.Count == 0 || wanted.Contains(ClassOf(test)))];
        foreach (string missing in wanted.Except(log.Cases.Select(ClassOf)))
            log.Fail($"{Path.GetFileName(path)} has no test class {missing}.");

        Options options = new();
        options.SetValue<bool?>("xunit.execution.DisableParallelization", true);
        using ITestFrameworkExecutor executor = framework.GetExecutor(new AssemblyName(assembly.Name));
        executor.RunTests(cases.Cast<IXunitTestCase>(), log, options);
        log.Executed.Wait();
        Console.WriteLine($"{log.Passed} passed, {log.Failed} failed, {log.Skipped} skipped");
        return log.Failed == 0 && log.Passed > 0 ? 0 : 1;
    }

    private static string ClassOf(ITestCase test) => test.TestMethod.TestClass.Class.Name.Split('.', '+')[^1];

    private sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = [];

        public T GetValue<T>(string name) => _values.TryGetValue(name, out object? value) ? (T)value! : default!;

        public void SetValue<T>(string name, T value) => _values[name] = value;
    }

    private sealed class Log : LongLivedMarshalByRefObject, IMessageSink, IDisposable
    {
        public List<ITestCase> Cases { get; } = [];

        public ManualResetEventSlim Discovered { get; } = new();

        public ManualResetEventSlim Executed { get; } = new();

        public int Passed { get; private set; }

        public int Failed { get; private set; }

        public int Skipped { get; private set; }

        public void Fail(string text)
        {
            Failed++;
            Console.WriteLine(text);
        }

        public bool OnMessage(IMessageSinkMessage message)
        {
            lock (Cases) Take(message);
            return true;
        }

        private void Take(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestCaseDiscoveryMessage found: Cases.Add(found.TestCase); break;
                case IDiscoveryCompleteMessage: Discovered.Set(); break;
                case ITestPassed: Passed++; break;
                case ITestSkipped: Skipped++; break;
                case ITestFailed failed: Fail($"{failed.Test.DisplayName}\n{Text(failed)}"); break;
                case IFailureInformation error: Fail($"{error.GetType().Name}\n{Text(error)}"); break;
                case ITestAssemblyFinished: Executed.Set(); break;
            }
        }

        private static string Text(IFailureInformation failure) => string.Join('\n', [.. failure.Messages, .. failure.StackTraces]);

        public void Dispose()
        {
            Discovered.Dispose();
            Executed.Dispose();
        }
    }
}
