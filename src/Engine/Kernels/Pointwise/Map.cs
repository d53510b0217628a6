using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>A function of one float, written once for every vector width.</summary>
internal interface IFunction
{
    T Apply<T>(T x) where T : unmanaged, ILanes<T>;
}

/// <summary>Makes something for a function of which only the type is known.</summary>
internal interface IForFunctions<TResult>
{
    TResult Of<TFunction>(TFunction function) where TFunction : struct, IFunction;
}

/// <summary>Applies a function to runs of floats: as a step of its own, or by a convolution to what it has just computed.</summary>
internal abstract unsafe class Map
{
    public static Map Of<TFunction>(TFunction function) where TFunction : struct, IFunction => new Mapping<TFunction>(function);

    /// <summary>destination[i] = f(source[i]); both may be the same memory.</summary>
    public abstract void Apply(float* source, float* destination, nint count);

    /// <summary>Makes something that has the function compiled into it.</summary>
    public abstract TResult Make<TResult>(IForFunctions<TResult> maker);

    private sealed class Mapping<TFunction>(TFunction function) : Map where TFunction : struct, IFunction
    {
        public override void Apply(float* source, float* destination, nint count)
        {
            nint i = 0;
            if (Cpu.Lanes >= 16) i = Run<Lanes16>(source, destination, i, count);
            if (Cpu.Lanes >= 8) i = Run<Lanes8>(source, destination, i, count);
            if (Cpu.HasNeon) i = Run<Lanes4x2>(source, destination, i, count);
            if (Cpu.Lanes >= 4) i = Run<Lanes4>(source, destination, i, count);
            Run<Lanes1>(source, destination, i, count);
        }

        public override TResult Make<TResult>(IForFunctions<TResult> maker) => maker.Of(function);

        private nint Run<T>(float* source, float* destination, nint i, nint count) where T : unmanaged, ILanes<T>
        {
            for (; i <= count - T.Count; i += T.Count) function.Apply(T.Load(source + i)).Store(destination + i);
            return i;
        }
    }
}
