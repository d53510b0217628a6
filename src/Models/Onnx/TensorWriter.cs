using Google.Protobuf;

namespace EdgeCnn.Models.Onnx;

internal static class TensorWriter
{
    /// <summary>The tensor as a message that shares its bytes.</summary>
    public static TensorProto Write(string name, Tensor tensor)
    {
        TensorProto proto = new() { Name = name, DataType = (int)tensor.Type, RawData = UnsafeByteOperations.UnsafeWrap(tensor.Memory) };
        proto.Dims.AddRange(tensor.Shape.Select(extent => (long)extent));
        return proto;
    }
}
