using System.Diagnostics;
using System.Reflection;
using EdgeCnn.Tests;

namespace EdgeCnn.EdgeRuntime.Tests;

/// <summary>Who may import whom, and where the libraries with native code may appear.</summary>
public class ArchitectureTests
{
    /// <summary>From the room that knows least to the one that knows all.</summary>
    private static readonly string[] Rooms = ["EdgeCnn.Models", "EdgeCnn.Engine", "EdgeCnn.Quantization", "EdgeCnn.Training", "edgecnn"];

    /// <summary>What only the program itself may use: cameras, other engines, ports, the host, the command line.</summary>
    private static readonly string[] OfTheProgram =
        ["OpenCvSharp", "Microsoft.ML.OnnxRuntime", "System.IO.Ports", "System.CommandLine", "Microsoft.Extensions.",
            "Microsoft.AspNetCore."];

    public static TheoryData<string> RoomsThatAreBuilt =>
        [.. Rooms.Where(room => File.Exists(Path.Combine(AppContext.BaseDirectory, room + ".dll")))];

    [Theory]
    [MemberData(nameof(RoomsThatAreBuilt))]
    public void A_room_imports_only_rooms_that_come_before_it(string room)
    {
        string[] later = Rooms[Array.IndexOf(Rooms, room)..];
        Assert.DoesNotContain(Imports(room), later.Contains);
    }

    [Theory]
    [MemberData(nameof(RoomsThatAreBuilt))]
    public void Only_the_program_knows_cameras_other_engines_ports_and_hosts(string room)
    {
        if (room == "edgecnn")
            Assert.Contains(Imports(room), import => import == "OpenCvSharp");
        else
            Assert.DoesNotContain(
                Imports(room), import => OfTheProgram.Any(library => import.StartsWith(library, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_rooms_of_the_house_are_all_built()
    {
        string[] expected = [.. Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(project => Path.GetFileNameWithoutExtension(project))
            .Select(name => name == "EdgeRuntime" ? "edgecnn" : "EdgeCnn." + name)];
        Assert.Empty(expected.Except(Rooms));
    }

    [Theory]
    [InlineData("OpenCvSharp", "EdgeRuntime/Capture", "EdgeRuntime/Debugging")]
    [InlineData("Microsoft.ML.OnnxRuntime", "EdgeRuntime/Inference")]
    [InlineData("System.IO.Ports", "EdgeRuntime/Publishing")]
    public void A_native_library_appears_only_where_its_bytes_enter_or_leave(string library, params string[] folders)
    {
        string source = Path.Combine(Repository.Root, "src");
        string[] users = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => Uses(file, library))
            .Select(file => Path.GetRelativePath(source, file))];
        Assert.DoesNotContain(users, file => !folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_sources_are_formatted_as_the_editorconfig_says()
    {
        string[] format = ["format", "whitespace", ".", "--folder", "--include", "src/", "tests/", "eng/"];
        ProcessStartInfo start = new("dotnet", [.. format, "--verify-no-changes"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string complaints = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', format)} mends this:\n{complaints}");
    }

    private static string[] Imports(string room) =>
        [.. Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, room + ".dll")).GetReferencedAssemblies().Select(name => name.Name!)];

    private static bool Uses(string file, string library) => File.ReadLines(file)
        .Select(line => line.TrimStart())
        .Any(line => !line.StartsWith("//", StringComparison.Ordinal) && line.Contains(library, StringComparison.Ordinal));
}
