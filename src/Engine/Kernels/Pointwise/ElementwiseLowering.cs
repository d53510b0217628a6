using System.Numerics;
using EdgeCnn.Engine.Kernels.Shaping;
using EdgeCnn.Models;

namespace EdgeCnn.Engine.Kernels.Pointwise;

/// <summary>Steps for the operators that treat each element by itself.</summary>
internal static class ElementwiseLowering
{
    /// <returns>The step, or null when there is no kernel for this operator with these element types.</returns>
    public static Step? Lower(Operation operation) => operation.Operator switch
    {
        Cast => LowerCast(operation),
        Where => new WhereStep(operation),
        Not => new ScalarMapStep<bool, bool, Comparisons.Not>(operation.Name, operation.Input(0), operation.Output, default),
        And => Bools<Comparisons.And>(operation),
        Or => Bools<Comparisons.Or>(operation),
        Xor => Bools<Comparisons.Xor>(operation),
        Equal when operation.Input(0).Type == ElementType.Bool => Bools<Comparisons.EqualBool>(operation),
        Pow => Numbers.For(operation.Input(0).Type, new ForPowers(operation)),
        IsNaN => Numbers.For(operation.Input(0).Type, new ForIsNaN(operation)),
        Variadic => LowerVariadic(operation),
        Binary or PRelu => LowerBinary(operation),
        Unary => LowerUnary(operation),
        _ => null,
    };

    private static ScalarBinaryStep<bool, bool, bool, TFunction> Bools<TFunction>(Operation operation)
        where TFunction : struct, IScalar<bool, bool, bool> =>
        new(operation.Name, operation.Input(0), operation.Input(1), operation.Output, default);

    private static Step? LowerUnary(Operation operation)
    {
        Buffer x = operation.Input(0);
        if (x.Type == ElementType.Float32 && Activations.Of(operation.Operator) is { } map)
            return new MapStep(operation.Name, x, operation.Output, map);
        return Numbers.For(x.Type, new ForUnary(operation));
    }

    private static Step? LowerBinary(Operation operation)
    {
        (Buffer a, Buffer b) = (operation.Input(0), operation.Input(1));
        if (a.Type != ElementType.Float32) return Numbers.For(a.Type, new ForBinary(operation));
        return operation.Operator switch
        {
            Add => Floats<FloatArithmetic.Add>(),
            Sub => Floats<FloatArithmetic.Sub>(),
            Mul => Floats<FloatArithmetic.Mul>(),
            Div => Floats<FloatArithmetic.Div>(),
            PRelu => Floats<FloatArithmetic.PRelu>(),
            _ => new ForBinary(operation).Of<float>(),
        };

        BinaryStep<TFunction> Floats<TFunction>() where TFunction : struct, IBinaryFunction =>
            new(operation.Name, a, b, operation.Output, default);
    }

    private static Step? LowerVariadic(Operation operation)
    {
        if (operation.Input(0).Type != ElementType.Float32) return Numbers.For(operation.Input(0).Type, new ForVariadic(operation));
        return operation.Operator switch
        {
            Max => new VariadicStep<FloatArithmetic.Max>(operation, 1f),
            Min => new VariadicStep<FloatArithmetic.Min>(operation, 1f),
            Sum => new VariadicStep<FloatArithmetic.Add>(operation, 1f),
            Mean => new VariadicStep<FloatArithmetic.Add>(operation, operation.Inputs.Length),
            _ => null,
        };
    }

    private static Step? LowerCast(Operation operation)
    {
        (Buffer x, Buffer y) = (operation.Input(0), operation.Output);
        if (x.Type == y.Type) return new CopyStep(operation.Name, "copy", [new(x, y, View.Dense(x.Shape), View.Dense(x.Shape))]);
        if (x.Type == ElementType.Int32 && y.Type == ElementType.Float32) return new IntegersToFloatsStep(operation.Name, x, y);
        return x.Type == ElementType.Bool
            ? Numbers.For(y.Type, new ForCastFromBool(operation))
            : Numbers.For(x.Type, new ForCast(operation));
    }

    private sealed record ForUnary(Operation Operation) : IForNumbers<Step>
    {
        public Step? Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T>
        {
            switch (Operation.Operator)
            {
                case Neg: return Make<T, ScalarFunctions.Neg<T>>(default);
                case Abs: return Make<T, ScalarFunctions.Abs<T>>(default);
                case Sign: return Make<T, ScalarFunctions.Sign<T>>(default);
                case Relu when !Arithmetic.IsFloat<T>(): return Make<T, ScalarFunctions.Clip<T>>(new(T.Zero, T.MaxValue));
                case Clip clip when !Arithmetic.IsFloat<T>():
                    return Make<T, ScalarFunctions.Clip<T>>(new(T.CreateSaturating(clip.Min), T.CreateSaturating(clip.Max)));
            }
            return Activations.InDouble(Operation.Operator) is { } function ? Make<T, ScalarFunctions.InDouble<T>>(new(function)) : null;
        }

        private ScalarMapStep<T, T, TFunction> Make<T, TFunction>(TFunction function)
            where T : unmanaged where TFunction : struct, IScalar<T, T> =>
            new(Operation.Name, Operation.Input(0), Operation.Output, function);
    }

    private sealed record ForBinary(Operation Operation) : IForNumbers<Step>
    {
        public Step? Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Operation.Operator switch
        {
            Add => Make<T, T, Arithmetic.Add<T>>(),
            Sub => Make<T, T, Arithmetic.Sub<T>>(),
            Mul => Make<T, T, Arithmetic.Mul<T>>(),
            Div => Make<T, T, Arithmetic.Div<T>>(),
            PRelu => Make<T, T, Arithmetic.PRelu<T>>(),
            Mod { Fmod: true } => Make<T, T, Arithmetic.Fmod<T>>(),
            Mod => Make<T, T, Arithmetic.Mod<T>>(),
            Equal => Make<T, bool, Comparisons.Equal<T>>(),
            Greater => Make<T, bool, Comparisons.Greater<T>>(),
            GreaterOrEqual => Make<T, bool, Comparisons.GreaterOrEqual<T>>(),
            Less => Make<T, bool, Comparisons.Less<T>>(),
            LessOrEqual => Make<T, bool, Comparisons.LessOrEqual<T>>(),
            _ => null,
        };

        private ScalarBinaryStep<T, T, TOut, TFunction> Make<T, TOut, TFunction>()
            where T : unmanaged where TOut : unmanaged where TFunction : struct, IScalar<T, T, TOut> =>
            new(Operation.Name, Operation.Input(0), Operation.Input(1), Operation.Output, default);
    }

    private sealed record ForVariadic(Operation Operation) : IForNumbers<Step>
    {
        public Step? Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => Operation.Operator switch
        {
            Max => new ScalarVariadicStep<T, Arithmetic.Max<T>>(Operation, T.One),
            Min => new ScalarVariadicStep<T, Arithmetic.Min<T>>(Operation, T.One),
            Sum => new ScalarVariadicStep<T, Arithmetic.Add<T>>(Operation, T.One),
            Mean => new ScalarVariadicStep<T, Arithmetic.Add<T>>(Operation, T.CreateChecked(Operation.Inputs.Length)),
            _ => null,
        };
    }

    private sealed record ForPowers(Operation Operation) : IForNumbers<Step>
    {
        public Step? Of<TA>() where TA : unmanaged, INumber<TA>, IMinMaxValue<TA> =>
            Numbers.For(Operation.Input(1).Type, new OfBase<TA>(Operation));

        private sealed record OfBase<TA>(Operation Operation) : IForNumbers<Step> where TA : unmanaged, INumber<TA>, IMinMaxValue<TA>
        {
            public Step Of<TB>() where TB : unmanaged, INumber<TB>, IMinMaxValue<TB> =>
                new ScalarBinaryStep<TA, TB, TA, Arithmetic.Pow<TA, TB>>(
                    Operation.Name, Operation.Input(0), Operation.Input(1), Operation.Output, default);
        }
    }

    private sealed record ForIsNaN(Operation Operation) : IForNumbers<Step>
    {
        public Step Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> =>
            new ScalarMapStep<T, bool, Comparisons.IsNaN<T>>(Operation.Name, Operation.Input(0), Operation.Output, default);
    }

    private sealed record ForCastFromBool(Operation Operation) : IForNumbers<Step>
    {
        public Step Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> =>
            new ScalarMapStep<bool, T, ScalarFunctions.FromBool<T>>(Operation.Name, Operation.Input(0), Operation.Output, default);
    }

    private sealed record ForCast(Operation Operation) : IForNumbers<Step>
    {
        public Step? Of<TIn>() where TIn : unmanaged, INumber<TIn>, IMinMaxValue<TIn> => Operation.Output.Type == ElementType.Bool
            ? new ScalarMapStep<TIn, bool, ScalarFunctions.ToBool<TIn>>(Operation.Name, Operation.Input(0), Operation.Output, default)
            : Numbers.For(Operation.Output.Type, new From<TIn>(Operation));

        private sealed record From<TIn>(Operation Operation) : IForNumbers<Step> where TIn : unmanaged, INumber<TIn>, IMinMaxValue<TIn>
        {
            public Step Of<TOut>() where TOut : unmanaged, INumber<TOut>, IMinMaxValue<TOut> =>
                new ScalarMapStep<TIn, TOut, ScalarFunctions.Cast<TIn, TOut>>(
                    Operation.Name, Operation.Input(0), Operation.Output, default);
        }
    }
}
