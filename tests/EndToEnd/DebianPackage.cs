using System.Diagnostics;
using System.Formats.Tar;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;

namespace EdgeCnn.EndToEnd;

/// <summary>What a .deb would put on a machine.</summary>
internal sealed class DebianPackage
{
    private static readonly byte[] Elf = [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    private readonly string _path;

    public DebianPackage(string path)
    {
        _path = path;
        Files = Read("--fsys-tarfile");
        Control = Read("--ctrl-tarfile");
    }

    /// <summary>A file with its bytes, or a link with what it points to.</summary>
    public sealed record Entry(TarEntryType Type, UnixFileMode Mode, string Link, byte[] Content);

    /// <summary>Files and links, by their absolute paths.</summary>
    public SortedDictionary<string, Entry> Files { get; }

    /// <summary>The package's own: its fields, the list of its configuration files, its scripts.</summary>
    public SortedDictionary<string, Entry> Control { get; }

    /// <summary>A field of the control file, for instance Depends.</summary>
    public string Field(string name)
    {
        using Process process = Start("--field", _path, name);
        return process.StandardOutput.ReadToEnd().Trim();
    }

    /// <summary>The processor that a file's machine code is for; null for text and for .NET's intermediate code.</summary>
    public static Architecture? ProcessorOf(byte[] file)
    {
        if (file.AsSpan().StartsWith(Elf))
        {
            // ELF header, e_machine at byte 18.
            ushort machine = BitConverter.ToUInt16(file, 18);
            return machine switch
            {
                62 => Architecture.X64,
                183 => Architecture.Arm64,
                _ => throw new InvalidDataException($"ELF machine {machine}"),
            };
        }
        if (!file.AsSpan().StartsWith("MZ"u8)) return null;
        using PEReader assembly = new(new MemoryStream(file));
        // Code compiled ahead for Linux has the processor's number combined with that of the system.
        const int Linux = 0x7B79;
        Machine portable = assembly.PEHeaders.CoffHeader.Machine;
        return portable == Machine.I386 ? null : (Machine)((int)portable ^ Linux) switch
        {
            Machine.Amd64 => Architecture.X64,
            Machine.Arm64 => Architecture.Arm64,
            _ => throw new InvalidDataException($"PE machine {portable}"),
        };
    }

    private SortedDictionary<string, Entry> Read(string part)
    {
        SortedDictionary<string, Entry> entries = new(StringComparer.Ordinal);
        using Process process = Start(part, _path);
        using TarReader reader = new(process.StandardOutput.BaseStream);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.EntryType == TarEntryType.Directory) continue;
            using MemoryStream content = new();
            entry.DataStream?.CopyTo(content);
            entries.Add(entry.Name.TrimStart('.'), new Entry(entry.EntryType, entry.Mode, entry.LinkName, content.ToArray()));
        }
        return entries;
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dpkg-deb", arguments) { RedirectStandardOutput = true })
        ?? throw new InvalidOperationException("dpkg-deb could not be started.");
}
