using System.Runtime.InteropServices;
using Google.Protobuf.Collections;

namespace EdgeCnn.Models.Onnx;

/// <summary>
/// Makes tensors of ONNX TensorProto messages. Claimed sizes are held against the bytes that are there before anything is allocated.
/// </summary>
internal sealed class TensorReader(ExternalData external, RawWeights? weights = null)
{
    public Tensor Read(TensorProto proto)
    {
        ElementType type = Type(proto.DataType, $"The tensor '{proto.Name}'");
        Shape shape = Extents(proto.Dims, proto.Name);
        long bytes = shape.Count * type.Size();
        if (proto.Segment is not null)
            throw new ModelException($"The tensor '{proto.Name}' is stored in segments, which are not supported.");
        if (proto.DataLocation == TensorProto.Types.DataLocation.External) return new Tensor(type, shape, external.Read(proto, bytes));
        if (proto.HasRawData || proto.HasWeightIndex)
        {
            string what = $"'{proto.Name}' ({type} {shape})";
            // The message is read for this tensor alone and then forgotten, so its bytes can be taken over.
            Memory<byte> raw = !proto.HasWeightIndex ? MemoryMarshal.AsMemory(proto.RawData.Memory)
                : weights is null ? throw RawWeights.Damaged(what, bytes, 0)
                : weights.Read(proto.WeightIndex, bytes, what);
            if (raw.Length != bytes) throw RawWeights.Damaged(what, bytes, raw.Length);
            if (type == ElementType.Bool && raw.Span.ContainsAnyExceptInRange<byte>(0, 1))
                throw new ModelException($"The tensor '{proto.Name}' of Bool holds bytes other than 0 and 1; the file is damaged.");
            return new Tensor(type, shape, raw);
        }
        return type switch
        {
            ElementType.Float32 => Typed<float, float>(proto.FloatData, shape, proto.Name, value => value),
            ElementType.Float64 => Typed<double, double>(proto.DoubleData, shape, proto.Name, value => value),
            ElementType.Int64 => Typed<long, long>(proto.Int64Data, shape, proto.Name, value => value),
            ElementType.UInt64 => Typed<ulong, ulong>(proto.Uint64Data, shape, proto.Name, value => value),
            ElementType.UInt32 => Typed<ulong, uint>(proto.Uint64Data, shape, proto.Name, value => (uint)value),
            ElementType.Int32 => Typed<int, int>(proto.Int32Data, shape, proto.Name, value => value),
            ElementType.Int16 => Typed<int, short>(proto.Int32Data, shape, proto.Name, value => (short)value),
            ElementType.UInt16 => Typed<int, ushort>(proto.Int32Data, shape, proto.Name, value => (ushort)value),
            ElementType.Int8 => Typed<int, sbyte>(proto.Int32Data, shape, proto.Name, value => (sbyte)value),
            ElementType.UInt8 => Typed<int, byte>(proto.Int32Data, shape, proto.Name, value => (byte)value),
            ElementType.Bool => Typed<int, bool>(proto.Int32Data, shape, proto.Name, value => value != 0),
            _ => Typed<int, Half>(proto.Int32Data, shape, proto.Name, value => BitConverter.UInt16BitsToHalf((ushort)value)),
        };
    }

    /// <summary>The dense tensor that a sparse one stands for: zeros but for the values at the given places (COO format).</summary>
    public Tensor Read(SparseTensorProto proto, Func<ElementType, Shape, Tensor> zeros)
    {
        Tensor values = Read(proto.Values ?? new TensorProto()), indices = Read(proto.Indices ?? new TensorProto());
        Shape shape = Extents(proto.Dims, proto.Values?.Name ?? "");
        bool linear = indices.Shape.Rank == 1;
        if (indices.Type != ElementType.Int64 || indices.Shape.Count != values.Shape.Count * (linear ? 1 : shape.Rank))
            throw new ModelException(
                $"The sparse tensor '{proto.Values?.Name}' has indices of shape {indices.Shape} for values of shape {values.Shape}.");
        Tensor dense = zeros(values.Type, shape);
        int size = values.Type.Size();
        ReadOnlySpan<long> places = indices.As<long>();
        for (int i = 0; i < values.Shape.Count; i++)
        {
            long place = linear ? places[i] : 0;
            for (int axis = 0; !linear && axis < shape.Rank; axis++)
            {
                long index = places[i * shape.Rank + axis];
                place = index >= 0 && index < shape[axis] ? place * shape[axis] + index : -1 - shape.Count;
            }
            if (place < 0 || place >= shape.Count)
                throw new ModelException($"The sparse tensor '{proto.Values?.Name}' has a value outside its shape {shape}.");
            values.Bytes.Slice(i * size, size).CopyTo(dense.Bytes[((int)place * size)..]);
        }
        return dense;
    }

    public static ElementType Type(int code, string what) => Enum.IsDefined((ElementType)code)
        ? (ElementType)code
        : throw new ModelException($"{what} has elements of ONNX type {code} ({Unknown(code)}), which is not supported.");

    private static string Unknown(int code) => code switch
    {
        0 => "undefined",
        8 => "string",
        14 or 15 => "complex",
        16 => "bfloat16",
        >= 17 and <= 20 => "float8",
        21 or 22 => "4-bit integer",
        _ => "unknown",
    };

    private static Shape Extents(RepeatedField<long> dims, string name)
    {
        int[] extents = new int[dims.Count];
        for (int i = 0; i < extents.Length; i++)
        {
            if (dims[i] is < 0 or > Shape.MaxCount)
                throw new ModelException($"The tensor '{name}' claims the extent {dims[i]}; the file is damaged.");
            extents[i] = (int)dims[i];
        }
        return new Shape(extents);
    }

    private static Tensor Typed<TStored, T>(RepeatedField<TStored> stored, Shape shape, string name, Func<TStored, T> convert)
        where T : unmanaged
    {
        if (stored.Count != shape.Count)
            throw new ModelException(
                $"The tensor '{name}' of shape {shape} needs {shape.Count} values and has {stored.Count}; the file is damaged.");
        T[] values = new T[stored.Count];
        for (int i = 0; i < values.Length; i++) values[i] = convert(stored[i]);
        return Tensor.Of(shape, values);
    }
}
