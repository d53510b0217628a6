using System.Buffers.Binary;
using System.IO.Compression;

namespace EdgeCnn.Training.Data;

/// <summary>
/// Bytes with extents, in the format of the MNIST database (LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist), plain or gzipped.
/// </summary>
public sealed class IdxFile
{
    private const long MaxBytes = 1L << 30;

    /// <summary>No deflate stream expands further: 258 bytes for two bits.</summary>
    private const long MaxExpansion = 1032;

    private const int UnsignedByte = 0x08;

    private IdxFile(int[] extents, byte[] values) => (Extents, Values) = (extents, values);

    /// <summary>Outermost first: pictures, rows, columns; or labels alone.</summary>
    public IReadOnlyList<int> Extents { get; }

    public byte[] Values { get; }

    /// <exception cref="DataException">It cannot be read, is no IDX file of bytes, or does not hold what it says.</exception>
    public static IdxFile Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool gzipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            if (!gzipped) return Parse(path, file, file.Length);
            using GZipStream stream = new(file, CompressionMode.Decompress);
            return Parse(path, stream, file.Length * MaxExpansion);
        }
        catch (EndOfStreamException e)
        {
            throw new DataException($"{path} ends too early; copy it again.", e);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{path} is damaged: it cannot be decompressed; copy it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <param name="path">For messages.</param>
    /// <param name="stream">From its beginning.</param>
    /// <param name="available">More bytes than this cannot come.</param>
    private static IdxFile Parse(string path, Stream stream, long available)
    {
        Span<byte> word = stackalloc byte[4];
        stream.ReadExactly(word);
        int rank = word[3];
        if (word[0] != 0 || word[1] != 0 || rank is 0 or > 4)
            throw new DataException($"{path} is no IDX file: it does not begin with two zeros, a type and a number of axes.");
        if (word[2] != UnsignedByte)
            throw new DataException($"{path} holds values of the type 0x{word[2]:X2}; only unsigned bytes (0x08) are read.");
        int[] extents = new int[rank];
        long count = 1;
        for (int i = 0; i < rank; i++)
        {
            stream.ReadExactly(word);
            extents[i] = BinaryPrimitives.ReadInt32BigEndian(word);
            if (extents[i] <= 0) throw new DataException($"{path} says that it holds {extents[i]} entries along axis {i}.");
            count *= extents[i];
            if (count > MaxBytes)
                throw new DataException(
                    $"{path} says that it holds more than {MaxBytes >> 20} MiB; it is damaged, or too large to train with.");
        }
        if (count > available)
            throw new DataException($"{path} says that it holds {count} bytes and is too short for that; copy it again.");
        byte[] values = new byte[count];
        stream.ReadExactly(values);
        if (stream.ReadByte() >= 0) throw new DataException($"{path} holds more than the {count} bytes that it says.");
        return new IdxFile(extents, values);
    }
}
