using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeCnn.Models;

namespace EdgeCnn.Training.Checkpoints;

/// <summary>Some numbers that a run has to have again when it goes on.</summary>
/// <param name="Name">What they are, unique in the checkpoint.</param>
/// <param name="Values">The numbers.</param>
public sealed record NamedArray(string Name, float[] Values);

/// <summary>Where a run stands within an epoch.</summary>
/// <param name="Epoch">Epochs that are done.</param>
/// <param name="StepInEpoch">Steps of the next one that are done.</param>
/// <param name="Steps">Since the run began.</param>
/// <param name="LossSum">Of the steps of the epoch that has begun.</param>
/// <param name="PartSums">Likewise, of each part of the loss.</param>
/// <param name="Seconds">That the epoch has taken so far.</param>
public sealed record RunPosition(
    int Epoch, int StepInEpoch, long Steps, double LossSum, IReadOnlyDictionary<string, double> PartSums, double Seconds);

/// <summary>
/// All that a run needs to go on as if it had never stopped, in one file: a header in JSON, then the arrays as little-endian 32-bit floats,
/// then SHA-256 of all that. What a file claims is checked against its length before memory is taken.
/// </summary>
/// <param name="Settings">What the run was started with, as far as it decides the result, by name: a run that goes on must have the
/// same.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="History">The epochs that are done.</param>
/// <param name="Arrays">Parameters, statistics, the optimiser's memory, averages.</param>
public sealed record Checkpoint(
    IReadOnlyDictionary<string, string> Settings, RunPosition Position, IReadOnlyList<EpochResult> History,
    IReadOnlyList<NamedArray> Arrays)
{
    private const int FirstBytes = 16, MaxHeader = 64 << 20;

    /// <summary>Eight bytes that no other file begins with, the last one the version of the format.</summary>
    private static ReadOnlySpan<byte> Magic => "EDGECKP\u0001"u8;

    /// <summary>Writes the file; a reader sees the old one or the new one, never half of it.</summary>
    /// <exception cref="IOException">It cannot be written; what was there before is there still.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public void Write(string path) => WholeFile.Write(path, file =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CheckpointHeader header = new(
            Settings, Position, History, [.. Arrays.Select(array => new ArrayEntry(array.Name, array.Values.Length))]);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, CheckpointJson.Default.CheckpointHeader);
        Span<byte> first = stackalloc byte[FirstBytes];
        Magic.CopyTo(first);
        BinaryPrimitives.WriteInt64LittleEndian(first[8..], json.Length);
        Put(first);
        Put(json);
        foreach (NamedArray array in Arrays) Put(MemoryMarshal.AsBytes(array.Values.AsSpan()));
        file.Write(hash.GetHashAndReset());

        void Put(ReadOnlySpan<byte> bytes)
        {
            file.Write(bytes);
            hash.AppendData(bytes);
        }
    });

    /// <exception cref="TrainingException">The file cannot be read, is no checkpoint, or is damaged.</exception>
    public static Checkpoint Read(string path)
    {
        try
        {
            if (Directory.Exists(path)) throw new TrainingException($"The checkpoint '{path}' is a folder; name the file.");
            using FileStream file = File.OpenRead(path);
            return Read(file, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TrainingException($"There is no checkpoint '{path}'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException($"The checkpoint '{path}' cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw Damaged(path, e);
        }
    }

    private static Checkpoint Read(FileStream file, string path)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> first = stackalloc byte[FirstBytes];
        if (file.Length < FirstBytes + SHA256.HashSizeInBytes) throw Foreign(path);
        Get(first);
        if (!first[..8].SequenceEqual(Magic)) throw Foreign(path);
        long length = BinaryPrimitives.ReadInt64LittleEndian(first[8..]), rest = file.Length - FirstBytes - SHA256.HashSizeInBytes;
        if (length < 0 || length > Math.Min(rest, MaxHeader)) throw Damaged(path);
        byte[] json = new byte[length];
        Get(json);
        CheckpointHeader header = JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointHeader) ?? throw Damaged(path);
        if (header.Arrays.Any(entry => entry.Length < 0) || header.Arrays.Sum(entry => (long)entry.Length * sizeof(float)) != rest - length)
            throw Damaged(path);
        List<NamedArray> arrays = [];
        foreach (ArrayEntry entry in header.Arrays)
        {
            float[] values = new float[entry.Length];
            Get(MemoryMarshal.AsBytes(values.AsSpan()));
            arrays.Add(new NamedArray(entry.Name, values));
        }
        Span<byte> written = stackalloc byte[SHA256.HashSizeInBytes];
        file.ReadExactly(written);
        if (!written.SequenceEqual(hash.GetHashAndReset())) throw Damaged(path);
        return new Checkpoint(header.Settings, header.Position, header.History, arrays);

        void Get(Span<byte> bytes)
        {
            file.ReadExactly(bytes);
            hash.AppendData(bytes);
        }
    }

    private static TrainingException Foreign(string path) => new($"'{path}' is no checkpoint of this version of the program.");

    private static TrainingException Damaged(string path, Exception? inner = null)
    {
        string message = $"The checkpoint '{path}' is damaged; take another one, or begin anew without it.";
        return inner is null ? new(message) : new(message, inner);
    }
}

internal sealed record ArrayEntry(string Name, int Length);

internal sealed record CheckpointHeader(
    IReadOnlyDictionary<string, string> Settings, RunPosition Position, IReadOnlyList<EpochResult> History,
    IReadOnlyList<ArrayEntry> Arrays);

// Doubles are written so that they are read back as the same bits.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckpointHeader))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
