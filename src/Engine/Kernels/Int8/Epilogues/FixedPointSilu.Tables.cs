using System.Runtime.CompilerServices;
using EdgeCnn.Engine.Kernels.Vectors;

namespace EdgeCnn.Engine.Kernels.Int8.Epilogues;

internal sealed unsafe partial class FixedPointSilu
{
    /// <summary>What the function needs to know of each channel, integers of 16 bits.</summary>
    private readonly struct Tables
    {
        private const int Most = 0, Multiplier = 1, Polynomial = 2, Step = 8, Zero = 9, Residual = 10, ResidualZero = 11, Count = 12;

        private readonly short* _rows;
        private readonly int _channels;

        public Tables(Weights weights, int channels)
        {
            _rows = weights.Allocate<short>(Count * channels);
            _channels = channels;
        }

        /// <param name="channel">Whose.</param>
        /// <param name="unit">The real value of one.</param>
        /// <param name="bits">Of an output step's fraction.</param>
        /// <param name="zero">The output's zero point as it is stored.</param>
        public void Set(int channel, float unit, int bits, int zero)
        {
            int most = (int)Math.Min(short.MaxValue, Reach / unit), multiplier = ushort.MaxValue / most;
            // t * multiplier from 0 to 2^16 becomes -1 to 1 in fractions.
            Span<double> p = [.. Coefficients];
            Recentre(p, unit * (One / (double)multiplier));
            (Row(Most)[channel], Row(Multiplier)[channel]) = ((short)most, (short)multiplier);
            for (int i = 0; i < p.Length; i++) Row(Polynomial + i)[channel] = checked((short)Math.Round(p[i] * One));
            (Row(Step)[channel], Row(Zero)[channel]) = ((short)(One >> bits), (short)zero);
        }

        public void SetResidual(int channel, double factor, int zero) =>
            (Row(Residual)[channel], Row(ResidualZero)[channel]) = ((short)factor, (short)zero);

        /// <summary>The function of as many channels as T has integers of 32 bits, each for two rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Function<T> OfRows<T>(int channel) where T : unmanaged, IIntegerLanes<T> => new(
            Twice<T>(Most, channel), Twice<T>(Multiplier, channel), Twice<T>(Polynomial, channel), Twice<T>(Polynomial + 1, channel),
            Twice<T>(Polynomial + 2, channel), Twice<T>(Polynomial + 3, channel), Twice<T>(Polynomial + 4, channel),
            Twice<T>(Polynomial + 5, channel), Twice<T>(Step, channel), Twice<T>(Zero, channel));

        /// <summary>The function of as many channels as T has integers of 16 bits.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Function<T> OfChannels<T>(int channel) where T : unmanaged, IIntegerLanes<T> => new(
            Once<T>(Most, channel), Once<T>(Multiplier, channel), Once<T>(Polynomial, channel), Once<T>(Polynomial + 1, channel),
            Once<T>(Polynomial + 2, channel), Once<T>(Polynomial + 3, channel), Once<T>(Polynomial + 4, channel),
            Once<T>(Polynomial + 5, channel), Once<T>(Step, channel), Once<T>(Zero, channel));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Added<T> AddedOfRows<T>(int channel) where T : unmanaged, IIntegerLanes<T> =>
            new(Twice<T>(Residual, channel), Twice<T>(ResidualZero, channel));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Added<T> AddedOfChannels<T>(int channel) where T : unmanaged, IIntegerLanes<T> =>
            new(Once<T>(Residual, channel), Once<T>(ResidualZero, channel));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Twice<T>(int row, int channel) where T : unmanaged, IIntegerLanes<T> => T.Twice(Row(row) + channel);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private T Once<T>(int row, int channel) where T : unmanaged, IIntegerLanes<T> => T.Load(Row(row) + channel);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private short* Row(int row) => _rows + ((nint)row * _channels);

        /// <summary>From a polynomial of t to the one of y where t = half * (y + 1).</summary>
        private static void Recentre(Span<double> p, double half)
        {
            // Horner's scheme, again and again, gives the polynomial about another place; then the unit changes.
            for (int i = 0; i < p.Length - 1; i++)
            {
                for (int j = p.Length - 2; j >= i; j--) p[j] += half * p[j + 1];
            }
            double power = 1;
            foreach (ref double coefficient in p)
            {
                coefficient *= power;
                power *= half;
            }
        }
    }

    /// <summary>The function of some channels, its constants in registers.</summary>
    private readonly struct Function<T>(T most, T multiplier, T p0, T p1, T p2, T p3, T p4, T p5, T step, T zero)
        where T : unmanaged, IIntegerLanes<T>
    {
        private readonly T _most = most;
        private readonly T _multiplier = multiplier;
        private readonly T _p0 = p0;
        private readonly T _p1 = p1;
        private readonly T _p2 = p2;
        private readonly T _p3 = p3;
        private readonly T _p4 = p4;
        private readonly T _p5 = p5;
        private readonly T _step = step;
        private readonly T _zero = zero;

        /// <summary>From units to units.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Apply(T x)
        {
            T t = T.LesserMagnitude16(x, _most);
            T y = T.Add16(T.Multiply16(t, _multiplier), T.Of(short.MinValue));
            T p = T.Add16(T.MultiplyFractions16(_p5, y), _p4);
            p = T.Add16(T.MultiplyFractions16(p, y), _p3);
            p = T.Add16(T.MultiplyFractions16(p, y), _p2);
            p = T.Add16(T.MultiplyFractions16(p, y), _p1);
            p = T.Add16(T.MultiplyFractions16(p, y), _p0);
            p = T.MultiplyFractions16(p, p);
            p = T.MultiplyFractions16(p, p);
            p = T.MultiplyFractions16(p, p);
            return T.Subtract16(T.Max16(x, T.Of(0)), T.MultiplyFractions16(p, t));
        }

        /// <summary>From units to what is stored, before it is saturated.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Steps(T units) => T.Add16(T.MultiplyFractions16(units, _step), _zero);
    }

    /// <summary>The residual of some channels.</summary>
    private readonly struct Added<T>(T factor, T zero) where T : unmanaged, IIntegerLanes<T>
    {
        private readonly T _factor = factor;
        private readonly T _zero = zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T To(T units, T residual) => T.AddSaturated16(
            units, T.MultiplyFractions16(T.ShiftLeft16(T.Subtract16(residual, _zero), ResidualShift), _factor));
    }
}
