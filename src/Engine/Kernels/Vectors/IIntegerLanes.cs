namespace EdgeCnn.Engine.Kernels.Vectors;

/// <summary>
/// A vector of bits that holds <see cref="Count"/> integers of 32 bits, or twice as many of 16. Integers that fit are exact in any
/// order, so an algorithm written once over this interface gives the same values in every width; <see cref="IntegerLanes1"/> is the
/// specification.
/// </summary>
internal unsafe interface IIntegerLanes<T> where T : unmanaged, IIntegerLanes<T>
{
    /// <summary>Integers of 32 bits in the vector.</summary>
    static abstract int Count { get; }

    static abstract T Load(void* source);

    void Store(void* destination);

    /// <summary>The same 16 bits in all lanes.</summary>
    static abstract T Of(short value);

    /// <summary>Twice <see cref="Count"/> values of <see cref="Cpu.Int8Data"/>, as 16-bit integers.</summary>
    static abstract T Widen(byte* source);

    /// <summary>
    /// <see cref="Count"/> values of <see cref="Cpu.Int8Data"/> of each of two rows, as pairs of 16-bit integers in the order that
    /// <see cref="MultiplyAdd"/> wants.
    /// </summary>
    static abstract T Pairs(byte* first, byte* second);

    /// <summary>Pairs of <see cref="Count"/> values of each of two rows.</summary>
    static abstract T Pairs(short* first, short* second);

    /// <summary>One pair of 16-bit integers, which lie side by side at the address, in all lanes.</summary>
    static abstract T Broadcast(void* pair);

    /// <summary>For each pair the sum of its two products.</summary>
    static abstract T Multiply(T data, T weights);

    /// <summary>Adds to each 32-bit sum the two products of its pair.</summary>
    static abstract T MultiplyAdd(T data, T weights, T sums);

    static abstract T Add16(T a, T b);

    static abstract T Subtract16(T a, T b);

    static abstract T ShiftLeft16(T a, int count);

    static abstract T Add32(T a, T b);

    static abstract T Subtract32(T a, T b);

    static abstract T ShiftLeft32(T a, int count);

    /// <summary>Keeps the sign.</summary>
    static abstract T ShiftRight32(T a, int count);

    /// <summary>Products modulo 2^32.</summary>
    static abstract T Multiply32(T a, int b);

    /// <summary>Of the absolute value and another 16-bit integer that is not negative the smaller one.</summary>
    static abstract T LesserMagnitude16(T a, T most);

    static abstract T Max16(T a, T b);

    /// <summary>Products modulo 2^16.</summary>
    static abstract T Multiply16(T a, T b);

    /// <summary>
    /// Products of fractions, 2^15 being one: (a * b + 2^14) / 2^15, rounded down. Not both may be -2^15.
    /// </summary>
    static abstract T MultiplyFractions16(T a, T b);

    /// <summary>Values beyond 16 bits become the least or the largest.</summary>
    static abstract T AddSaturated16(T a, T b);

    /// <summary>
    /// <see cref="Count"/> floats of each of two rows as 16-bit integers: rounded half to even and saturated. Rows take turns, after four
    /// columns each, or after one where there is but one. x86 makes the least integer of 2^31 and above, and of what is no number.
    /// </summary>
    static abstract T Narrow(T first, T second);

    /// <summary><see cref="Count"/> 16-bit integers, twice, in the order of <see cref="Narrow"/>.</summary>
    static abstract T Twice(short* values);

    /// <summary><see cref="Count"/> values of <see cref="Cpu.Int8Data"/> of each of two rows in the order of <see cref="Narrow"/>.</summary>
    static abstract T WidenRows(byte* first, byte* second);

    /// <summary>
    /// Four rows of 16-bit integers in the order of <see cref="Narrow"/>, saturated to <see cref="Cpu.Int8Data"/>: row after row.
    /// </summary>
    static abstract T NarrowRows(T firstTwo, T lastTwo);

    /// <summary>Bytes of <see cref="Cpu.Int8Data"/>.</summary>
    static abstract T MaxOfStored(T a, T b);

    /// <summary>Stores <see cref="NarrowRows"/> at four places.</summary>
    void StoreRows(byte* first, byte* second, byte* third, byte* fourth);
}
