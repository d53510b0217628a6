namespace EdgeCnn.Models.Onnx;

/// <summary>
/// From ONNX's operators, in the spelling of the file's operator set, to records: what decides shapes becomes attributes, older forms
/// become the newest one.
/// </summary>
internal static partial class Translation
{
    private const string Microsoft = "com.microsoft";

    private static readonly Dictionary<(string Domain, string Op), Action<OnnxNode>> Table = [];

    static Translation()
    {
        AddElementwise();
        AddWindows();
        AddShaping();
        AddConstants();
        AddReductions();
        AddNormalizations();
        AddQuantizing();
    }

    /// <summary>What translates a node; null when its operator is not supported.</summary>
    public static Action<OnnxNode>? Find(NodeProto node) => Table.GetValueOrDefault((GraphImport.Domain(node), node.OpType));

    private static void Add(string op, Action<OnnxNode> translate) => Table.Add(("", op), translate);

    /// <summary>An operator without attributes, the same in all operator sets that are read.</summary>
    private static void Add<T>() where T : Operator, new()
    {
        T op = new();
        Add(op.Name, node => node.Emit(op));
    }

    /// <summary>An operator of ONNX Runtime's own domain.</summary>
    private static void AddMicrosoft(string op, Action<OnnxNode> translate) => Table.Add((Microsoft, op), translate);

    private static void AddElementwise()
    {
        Add<Relu>();
        Add<PRelu>();
        Add<HardSwish>();
        Add<Sigmoid>();
        Add<Tanh>();
        Add<Softplus>();
        Add<Softsign>();
        Add<Mish>();
        Add<Erf>();
        Add<Neg>();
        Add<Abs>();
        Add<Sign>();
        Add<Sqrt>();
        Add<Exp>();
        Add<Log>();
        Add<Floor>();
        Add<Ceil>();
        Add<Round>();
        Add<Reciprocal>();
        Add<Sin>();
        Add<Cos>();
        Add<Tan>();
        Add<Asin>();
        Add<Acos>();
        Add<Atan>();
        Add<Not>();
        Add<IsNaN>();
        Add<Add>();
        Add<Sub>();
        Add<Mul>();
        Add<Div>();
        Add<Pow>();
        Add<Equal>();
        Add<Greater>();
        Add<GreaterOrEqual>();
        Add<Less>();
        Add<LessOrEqual>();
        Add<And>();
        Add<Or>();
        Add<Xor>();
        Add<Where>();
        Add<MatMul>();
        foreach (Operator op in new Operator[] { new Min(), new Max(), new Sum(), new Mean() })
            Add(op.Name, node => Several(node, op));
        Add("Mod", node => node.Emit(new Mod(node.Flag("fmod"))));
        Add("LeakyRelu", node => node.Emit(new LeakyRelu(node.Float("alpha", 0.01f))));
        Add("Elu", node => node.Emit(new Elu(node.Float("alpha", 1))));
        Add("Selu", node => node.Emit(
            new Selu(node.Float("alpha", 1.67326319217681884765625f), node.Float("gamma", 1.05070102214813232421875f))));
        Add("Celu", node => node.Emit(new Celu(node.Float("alpha", 1))));
        Add("HardSigmoid", node => node.Emit(new HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f))));
        Add("ThresholdedRelu", node => node.Emit(new ThresholdedRelu(node.Float("alpha", 1))));
        Add("Shrink", node => node.Emit(new Shrink(node.Float("lambd", 0.5f), node.Float("bias", 0))));
        Add("Swish", Swish);
        Add("Gelu", node => node.Emit(new Gelu(node.Choice("approximate", "none", ("none", false), ("tanh", true)))));
        AddMicrosoft("Gelu", node => node.Emit(new Gelu(Tanh: false)));
        Add("Clip", Clip);
        Add("Softmax", node => Softmax(node, axis => new Softmax(axis)));
        Add("LogSoftmax", node => Softmax(node, axis => new LogSoftmax(axis)));
        Add("Gemm", node => node.Emit(new Gemm(node.Float("alpha", 1), node.Float("beta", 1), node.Flag("transA"), node.Flag("transB"))));
    }

    /// <summary>One input alone is the result.</summary>
    private static void Several(OnnxNode node, Operator op)
    {
        if (node.InputCount == 1) node.Alias(node.Inputs[0]);
        else node.Emit(op);
    }

    private static void Swish(OnnxNode node)
    {
        if (node.Float("alpha", 1) != 1) throw new UnsupportedNodeException("an alpha other than 1");
        node.Emit(new Silu());
    }

    /// <summary>The bounds are attributes before version 11, then inputs; bounds of the run time become Max and Min.</summary>
    private static void Clip(OnnxNode node)
    {
        string x = node.Inputs[0];
        if (node.Opset < 11)
        {
            node.Emit(new Clip(node.Float("min", float.NegativeInfinity), node.Float("max", float.PositiveInfinity)), x);
            return;
        }
        if (Bound(node, 1, float.NegativeInfinity) is { } min && Bound(node, 2, float.PositiveInfinity) is { } max)
        {
            node.Emit(new Clip(min, max), x);
            return;
        }
        if (node.Has(1)) x = node.Has(2) ? node.Step(new Max(), x, node.Inputs[1]) : x;
        if (node.Has(2)) node.Emit(new Min(), x, node.Inputs[2]);
        else node.Emit(new Max(), x, node.Inputs[1]);
    }

    /// <returns>Null for a bound that is not known yet, or that 32-bit floating point cannot hold.</returns>
    private static float? Bound(OnnxNode node, int input, float missing)
    {
        if (!node.Has(input)) return missing;
        if (node.Constant(input) is not { Shape.Count: 1 } constant) return null;
        double value = constant.ToDoubles()[0];
        bool exact = double.IsNaN(value) || (float)value == value && (constant.Type.IsFloat() || Math.Abs(value) <= 1 << 24);
        return exact ? (float)value : null;
    }

    /// <summary>Before version 13 the input is flattened to a matrix at the axis, and its rows are normalised.</summary>
    private static void Softmax(OnnxNode node, Func<int, Operator> softmax)
    {
        Shape x = node.Shape(0);
        int axis = x.Rank == 0 ? 0 : node.Axis("axis", node.Opset < 13 ? 1 : -1);
        int[] wide = [.. Enumerable.Range(axis, Math.Max(x.Rank - axis, 0)).Where(i => x[i] != 1)];
        if (node.Opset >= 13 || wide.Length <= 1)
        {
            node.Emit(softmax(node.Opset >= 13 || wide.Length == 0 ? axis : wide[0]));
            return;
        }
        Shape matrix = new((int)x.CountBetween(0, axis), (int)x.CountBetween(axis, x.Rank));
        string rows = node.Step(new Reshape(matrix), node.Inputs[0]);
        node.Emit(new Reshape(x), node.Step(softmax(1), rows));
    }
}
