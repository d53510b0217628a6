namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>
/// Some floats side by side: one, four, eight or sixteen. A formula written once over this interface is its own scalar specification: every
/// operation is one IEEE 754 operation per lane, so a formula gives the same bits in every width and on every processor. (A NaN stays a
/// NaN; its payload is not promised.)
/// </summary>
internal unsafe interface ILanes<T> where T : unmanaged, ILanes<T>
{
    static abstract int Count { get; }

    static abstract T Of(float value);

    static abstract T Load(float* source);

    void Store(float* destination);

    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T operator -(T a);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract T Fma(T a, T b, T c);

    static abstract T Sqrt(T a);

    static abstract T Abs(T a);

    /// <summary>To the nearest integer, ties to even.</summary>
    static abstract T Round(T a);

    static abstract T Floor(T a);

    static abstract T Ceiling(T a);

    /// <summary>Lanes where a is less than b become all ones, others all zeros; false where either is NaN.</summary>
    static abstract T Less(T a, T b);

    static abstract T LessOrEqual(T a, T b);

    static abstract T Equal(T a, T b);

    /// <summary>yes where the mask is all ones, no where it is all zeros.</summary>
    static abstract T Select(T mask, T yes, T no);

    static abstract T operator &(T a, T b);

    static abstract T operator |(T a, T b);

    static abstract T operator ^(T a, T b);

    /// <summary>Adds to the bits of each lane taken as a 32-bit integer.</summary>
    static abstract T AddToBits(T a, int value);

    /// <summary>a - b of the bits of each lane taken as 32-bit integers.</summary>
    static abstract T SubtractBits(T a, T b);

    static abstract T ShiftBitsLeft(T a, int count);

    /// <summary>Shifts the bits of each lane, taken as a signed 32-bit integer, to the right.</summary>
    static abstract T ShiftBitsRight(T a, int count);

    /// <summary>The bits of each lane, taken as a signed 32-bit integer, as a float.</summary>
    static abstract T FromBits(T a);

    /// <summary>8-bit integers as floats.</summary>
    static abstract T FromBytes(byte* source);

    /// <summary>8-bit integers as floats.</summary>
    static abstract T FromBytes(sbyte* source);

    /// <summary>The lowest eight bits of each lane.</summary>
    void StoreLowestBytes(byte* destination);

    /// <summary>The greater; a when they are equal or a is NaN, and a when b is NaN.</summary>
    static virtual T Max(T a, T b) => T.Select(T.Less(a, b), b, a);

    /// <summary>The lesser; a when they are equal or a is NaN, and a when b is NaN.</summary>
    static virtual T Min(T a, T b) => T.Select(T.Less(b, a), b, a);

    /// <summary>The greater of both; NaN where x is. The bound is a number, and not zero.</summary>
    static virtual T AtLeast(T x, T bound) => T.Max(x, bound);

    /// <summary>The lesser of both; NaN where x is. The bound is a number, and not zero.</summary>
    static virtual T AtMost(T x, T bound) => T.Min(x, bound);

    /// <summary>x, or the bound that it lies beyond; the lower one where x is NaN. The sign of a zero is not promised.</summary>
    static virtual T Clamp(T x, T low, T high) => T.Min(T.Max(low, x), high);
}
