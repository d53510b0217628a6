using EdgeCnn.Models;

namespace EdgeCnn.Engine;

/// <summary>
/// Where a value lies while the network runs: dense, row-major, in the order of axes that the plan chose for it. <see cref="Shape"/> is
/// that physical shape: images are N x H x W x C for the operators that slide windows over them, whatever ONNX says. The address is set
/// once, after all steps are made, so steps keep the buffer and ask for <see cref="Data"/> when they run.
/// </summary>
internal sealed unsafe class Buffer
{
    private byte* _data;
    private Buffer? _owner;
    private readonly long _offset;

    /// <param name="name">The value's name in the graph.</param>
    /// <param name="type">The elements' type.</param>
    /// <param name="shape">The physical extents.</param>
    /// <param name="constant">The elements, in physical order, when they are known before anything runs.</param>
    public Buffer(string name, ElementType type, Shape shape, Tensor? constant = null) =>
        (Name, Type, Shape, Constant, Stride) = (name, type, shape, constant, LastExtent(shape));

    /// <summary>The same memory under another name and shape.</summary>
    public Buffer(string name, Shape shape, Buffer storage)
    {
        if (shape.Count != storage.Shape.Count || storage.Stride != LastExtent(storage.Shape))
            throw new ModelException(
                $"The value '{name}' of shape {shape} cannot share the memory of '{storage.Name}' of shape {storage.Shape}.");
        (Name, Type, Shape, Constant, Stride, _owner) = (name, storage.Type, shape, storage.Constant?.Reshaped(shape), LastExtent(shape),
            storage);
    }

    /// <summary>Some columns of a wider buffer: the elements from <paramref name="first"/> on along the last axis.</summary>
    public Buffer(string name, Shape shape, Buffer whole, int first)
    {
        (Name, Type, Shape, Stride, _owner) = (name, whole.Type, shape, whole.Stride, whole);
        _offset = (long)first * Type.Size();
    }

    public string Name { get; }

    public ElementType Type { get; }

    public Shape Shape { get; }

    /// <summary>
    /// The elements, when they are known at load: what packs weights or builds tables reads them from here. Null once the plan is made.
    /// </summary>
    public Tensor? Constant { get; private set; }

    /// <summary>The buffer that owns the memory: this one, unless it is a view of another.</summary>
    public Buffer Root => _owner?.Root ?? this;

    /// <summary>
    /// Elements from one row of the last axis to the next: its extent, unless the buffer is some columns of a wider one, which only kernels
    /// that say so are given (see <see cref="Passes.Columns"/>).
    /// </summary>
    public int Stride { get; }

    public long Bytes => Shape.Count * Type.Size();

    /// <summary>First element; valid only while a step executes.</summary>
    public byte* Data => (_owner is null ? _data : _owner.Data) + _offset;

    public float* Floats => (float*)Data;

    public T* As<T>() where T : unmanaged => (T*)Data;

    public Span<T> Span<T>() where T : unmanaged => new(Data, checked((int)Shape.Count));

    /// <summary>Whether there are elements at <see cref="Data"/>; weights that were packed have none.</summary>
    public bool IsPlaced => Root._data != null;

    internal void Place(byte* data) => _data = data;

    /// <summary>Lets go of the elements that were known at load: everybody who needs them has a copy.</summary>
    internal void Forget() => Constant = null;

    /// <summary>
    /// From now on this buffer is a view of <paramref name="other"/>: the step that writes it overwrites its input in place.
    /// </summary>
    internal void Share(Buffer other) => _owner = other;

    private static int LastExtent(Shape shape) => shape.Rank == 0 ? 1 : shape[^1];

    public override string ToString() => $"{Name}: {Type} {Shape}";
}
