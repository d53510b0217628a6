namespace EdgeCnn.Models.Tasks;

/// <summary>What a model card says of the detection head; null leaves it to recognition.</summary>
public sealed record HeadCard
{
    public HeadLayout? Layout { get; init; }

    public BoxCoding? Boxes { get; init; }

    /// <summary>What the network left to do to the scores.</summary>
    public Activation? Scores { get; init; }

    /// <summary>Network pixels per cell, in the order of the rows or from the finest map on.</summary>
    public IReadOnlyList<int>? Strides { get; init; }

    /// <summary>For each stride: width, height, width, height ... of its anchors in network pixels.</summary>
    public IReadOnlyList<IReadOnlyList<float>>? Anchors { get; init; }

    /// <summary>Two factors, of centres and of sizes.</summary>
    public IReadOnlyList<float>? Variance { get; init; }

    /// <summary>Bins per distance.</summary>
    public int? Bins { get; init; }

    /// <summary>Where in its cell a point lies, 0 to 1.</summary>
    public float? CellCentre { get; init; }

    /// <summary>Boxes are shares of the input, not pixels.</summary>
    public bool? Normalised { get; init; }

    /// <summary>Class 0 means "nothing".</summary>
    public bool? Background { get; init; }

    /// <summary>A card that leaves nothing of a head open.</summary>
    internal static HeadCard Of(Head head) => new()
    {
        Layout = head.Layout,
        Boxes = head.Boxes,
        Scores = head.Scores,
        Strides = head.Strides,
        Anchors = head.Anchors.Count == 0 ? null : head.Anchors,
        Variance = [head.Variance.Centre, head.Variance.Size],
        Bins = head.Bins,
        CellCentre = head.CellCentre,
        Normalised = head.Normalised,
        Background = head.Background,
    };

    internal Head Over(Head head) => head with
    {
        Boxes = Boxes ?? head.Boxes,
        Scores = Scores ?? head.Scores,
        Strides = Strides ?? head.Strides,
        Anchors = Anchors ?? head.Anchors,
        Variance = Variance is { Count: 2 } ? (Variance[0], Variance[1]) : head.Variance,
        Bins = Bins ?? head.Bins,
        CellCentre = CellCentre ?? head.CellCentre,
        Normalised = Normalised ?? head.Normalised,
        Background = Background ?? head.Background,
    };

    internal HeadCard Over(HeadCard? lower) => lower is null ? this : new HeadCard
    {
        Layout = Layout ?? lower.Layout,
        Boxes = Boxes ?? lower.Boxes,
        Scores = Scores ?? lower.Scores,
        Strides = Strides ?? lower.Strides,
        Anchors = Anchors ?? lower.Anchors,
        Variance = Variance ?? lower.Variance,
        Bins = Bins ?? lower.Bins,
        CellCentre = CellCentre ?? lower.CellCentre,
        Normalised = Normalised ?? lower.Normalised,
        Background = Background ?? lower.Background,
    };

    /// <exception cref="ModelException">A value makes no sense.</exception>
    internal void Check()
    {
        if (Strides is not null && (Strides.Count is 0 or > 8 || Strides.Any(stride => stride is < 1 or > 1024)))
            throw new ModelException("Model card: head.strides needs one to eight numbers from 1 to 1024.");
        if (Anchors is not null && Anchors.Any(anchors => anchors.Count == 0 || anchors.Count % 2 != 0 || anchors.Any(side => !(side > 0))))
            throw new ModelException("Model card: head.anchors needs, for each stride, pairs of width and height above 0.");
        if (Anchors is not null && Strides is not null && Anchors.Count != Strides.Count)
            throw new ModelException(
                $"Model card: head.anchors has {Anchors.Count} lists for {Strides.Count} strides; it needs one for each.");
        if (Variance is not null && Variance.Count != 2)
            throw new ModelException("Model card: head.variance needs two numbers, for centres and for sizes.");
        if (Bins is < 2 or > 64) throw new ModelException($"Model card: head.bins is {Bins}; it lies between 2 and 64.");
    }
}

/// <summary>What a model card says of the preprocessing; null leaves it as the family has it.</summary>
public sealed record PreprocessingCard
{
    public ResizePolicy? Resize { get; init; }

    public ChannelOrder? Channels { get; init; }

    /// <summary>Level of what no image covers, 0 to 255.</summary>
    public byte? Fill { get; init; }

    public float? Scale { get; init; }

    public IReadOnlyList<float>? Mean { get; init; }

    public IReadOnlyList<float>? Deviation { get; init; }

    public float? CropRatio { get; init; }

    /// <summary>A card that leaves nothing open.</summary>
    public static PreprocessingCard Of(Preprocessing preprocessing) => new()
    {
        Resize = preprocessing.Resize,
        Channels = preprocessing.Channels,
        Fill = preprocessing.Fill,
        Scale = preprocessing.Scale,
        Mean = preprocessing.Mean,
        Deviation = preprocessing.Deviation,
        CropRatio = preprocessing.CropRatio,
    };

    internal Preprocessing Over(Preprocessing family) => family with
    {
        Resize = Resize ?? family.Resize,
        Channels = Channels ?? family.Channels,
        Fill = Fill ?? family.Fill,
        Scale = Scale ?? family.Scale,
        Mean = Mean ?? family.Mean,
        Deviation = Deviation ?? family.Deviation,
        CropRatio = CropRatio ?? family.CropRatio,
    };

    internal PreprocessingCard Over(PreprocessingCard? lower) => lower is null ? this : new PreprocessingCard
    {
        Resize = Resize ?? lower.Resize,
        Channels = Channels ?? lower.Channels,
        Fill = Fill ?? lower.Fill,
        Scale = Scale ?? lower.Scale,
        Mean = Mean ?? lower.Mean,
        Deviation = Deviation ?? lower.Deviation,
        CropRatio = CropRatio ?? lower.CropRatio,
    };
}
