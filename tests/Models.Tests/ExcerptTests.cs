namespace EdgeCnn.Models.Tests;

public class ExcerptTests
{
    [Fact]
    public void What_a_part_reads_and_does_not_make_becomes_its_input()
    {
        GraphBuilder builder = new("whole");
        string x = builder.Input("x", ElementType.Float32, new Shape(2, 3));
        string factor = builder.Constant("factor", Tensor.Of(Shape.Scalar, [2f]));
        string scaled = builder.Add("scaled", new Mul(), x, factor);
        string clipped = builder.Add("clipped", new Relu(), scaled);
        string sum = builder.Add("sum", new Add(), clipped, scaled);
        builder.Output(builder.Add("last", new Sigmoid(), sum));
        Graph whole = builder.Build();

        Graph part = Excerpt.Of(whole, whole.Nodes.Where(node => node.Name is "clipped" or "sum").ToHashSet(), ["sum"]);

        Assert.Equal("scaled", Assert.Single(part.Inputs));
        Assert.Equal("sum", Assert.Single(part.Outputs));
        Assert.Equal(["clipped", "sum"], part.Nodes.Select(node => node.Name));
        Assert.Empty(part.Constants);
        Graph first = Excerpt.Of(whole, whole.Nodes.Where(node => node.Name == "scaled").ToHashSet(), ["scaled"]);
        Assert.Equal("x", Assert.Single(first.Inputs));
        Assert.Equal("factor", Assert.Single(first.Constants.Keys));
    }

    [Fact]
    public void An_output_keeps_what_it_needs_and_nothing_else()
    {
        GraphBuilder builder = new("whole");
        builder.Metadata["names"] = "all";
        string x = builder.Input("x", ElementType.Float32, new Shape(2, 3));
        string factor = builder.Constant("factor", Tensor.Of(Shape.Scalar, [2f])), summand = builder.Constant(
            "summand", Tensor.Of(Shape.Scalar, [1f]));
        string scaled = builder.Add("scaled", new Mul(), x, factor);
        builder.Output(builder.Add("main", new Relu(), scaled));
        builder.Output(builder.Add("side", new Add(), scaled, summand));

        Graph main = Excerpt.For(builder.Build(), "main");

        Assert.Equal("main", Assert.Single(main.Outputs));
        Assert.Equal(["scaled", "main"], main.Nodes.Select(node => node.Name));
        Assert.Equal(["factor"], main.Constants.Keys);
        Assert.Equal("all", main.Metadata["names"]);
    }
}
