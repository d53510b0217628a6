using EdgeCnn.Engine.Tests.Kernels.Int8;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Tests.Kernels;

/// <summary>Small results of kernels that are written in vectors; their bits must not depend on the processor.</summary>
internal static class Samples
{
    public static IEnumerable<Tensor> All()
    {
        Tensor image = Values.Random(1, Values.Shape(2, 5, 7, 19)), other = Values.Random(2, Values.Shape(5, 1, 19));
        Tensor scale = Values.Random(3, Values.Shape(19)), bias = Values.Random(4, Values.Shape(19));
        foreach (Operator op in (Operator[])[new Add(), new Mul(), new Div(), new Max(), new Mean(), new PRelu()])
            yield return StepRunner.One(op, image, other);
        foreach (int[] axes in (int[][])[[3], [1, 2], [0, 3], [0, 1, 2, 3]])
        {
            yield return StepRunner.One(new ReduceSum([.. axes], false), image);
            yield return StepRunner.One(new ReduceL2([.. axes], true), image);
            yield return StepRunner.One(new ReduceMax([.. axes], false), image);
        }
        foreach (int axis in (int[])[1, 3])
        {
            yield return StepRunner.One(new Softmax(axis), image);
            yield return StepRunner.One(new LogSoftmax(axis), image);
        }
        yield return StepRunner.Run(new Lrn(5, 0.01f, 0.75f, 2f), [image.Info], image)[0];
        yield return StepRunner.Run(new InstanceNormalization(1e-5f), [image.Info], image, scale, bias)[0];
        yield return StepRunner.Run(
            new BatchNormalization(1e-3f), [image.Info], image, scale, bias, bias, Values.Random(5, Values.Shape(19), 1e-6f))[0];
        yield return StepRunner.One(new LayerNormalization(3, 1e-5f), image, scale, bias);
        foreach (ResizeMode mode in Enum.GetValues<ResizeMode>())
        {
            yield return StepRunner.One(
                new Resize(mode, CoordinateMode.HalfPixel, default, [1, 1.6f, 0.7f, 1], Values.Shape(2, 8, 4, 19), -0.75f, false, 0, []),
                image);
        }
        yield return StepRunner.One(new Transpose([0, 3, 1, 2]), image);
        Tensor[] dynamic = StepRunner.Run(new DynamicQuantizeLinear(), image);
        foreach (Tensor tensor in dynamic) yield return tensor;
        Tensor signed = StepRunner.One(
            new QuantizeLinear(3, ElementType.Int8, true), image, Values.Vector([.. Enumerable.Range(1, 19).Select(i => i / 64f)]));
        yield return signed;
        yield return StepRunner.One(new DequantizeLinear(0), dynamic[0], dynamic[1], dynamic[2]);
        yield return StepRunner.One(
            new QLinearAdd(), dynamic[0], dynamic[1], dynamic[2], dynamic[0], dynamic[1], dynamic[2], dynamic[1], dynamic[2]);
        yield return StepRunner.One(new MatMulInteger(), signed, Values.Random<byte>(6, Values.Shape(19, 21), 0, 256));
        Tensor weights = Values.Random<sbyte>(7, Values.Shape(21, 19, 3, 3), -128, 128), zero = Values.Scalar((sbyte)0);
        yield return StepRunner.Run(
            new QLinearConv([1, 1], [1, 1, 1, 1], [1, 1], 1), [new ValueInfo(ElementType.UInt8, Values.Shape(2, 5, 7, 21))],
            dynamic[0], dynamic[1], dynamic[2], weights, Values.Scalar(0.003f), zero, Values.Scalar(0.1f), Values.Scalar((byte)128))[0];
        foreach (int[] sums in Int8DepthwiseTests.Samples().Concat(Int8WinogradTests.Samples()))
            yield return Tensor.Of(Values.Shape(sums.Length), sums);
    }
}
