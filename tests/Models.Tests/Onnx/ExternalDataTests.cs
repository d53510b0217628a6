using EdgeCnn.Models.Onnx;

namespace EdgeCnn.Models.Tests.Onnx;

/// <summary>Tensors in files beside the model: read where they lie in its folder, refused where they do not.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private readonly string _outside = Directory.CreateTempSubdirectory("edgecnn").FullName;
    private readonly string _folder;

    public ExternalDataTests()
    {
        _folder = Path.Combine(_outside, "model");
        Directory.CreateDirectory(_folder);
        byte[] data = new byte[64];
        BitConverter.TryWriteBytes(data.AsSpan(16), 1.5f);
        BitConverter.TryWriteBytes(data.AsSpan(20), -2f);
        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), data);
        File.WriteAllBytes(Path.Combine(_outside, "secret.bin"), data);
    }

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    [Fact]
    public void A_tensor_is_read_from_its_place_in_the_file()
    {
        Graph graph = Read("weights.bin", "16", "8");
        Assert.Equal([1.5f, -2f], graph.Constants["w"].As<float>().ToArray());
    }

    [Fact]
    public void A_file_in_a_folder_of_the_models_folder_is_read()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "deep"));
        File.Copy(Path.Combine(_folder, "weights.bin"), Path.Combine(_folder, "deep", "weights.bin"));
        Assert.Equal(2, Read("./deep/weights.bin", "16", "8").Constants["w"].Shape.Count);
    }

    [Theory]
    [InlineData("weights.bin", "60", "8", "has only 64")]
    [InlineData("weights.bin", "-4", "8", "no number")]
    [InlineData("weights.bin", "99999999999999999999", "8", "no number")]
    [InlineData("weights.bin", "9223372036854775807", "8", "has only 64")]
    [InlineData("weights.bin", "0", "16", "its shape needs 8")]
    [InlineData("weights.bin", "0", "9223372036854775807", "has only 64")]
    [InlineData("weights.bin", null, null, "its shape needs 8")]
    [InlineData("missing.bin", "0", "8", "is missing")]
    [InlineData("../secret.bin", "16", "8", "only files in the model's own folder")]
    [InlineData("deep/../../secret.bin", "16", "8", "only files in the model's own folder")]
    [InlineData("..\\secret.bin", "16", "8", "only files in the model's own folder")]
    [InlineData("/etc/hostname", "0", "8", "only files in the model's own folder")]
    [InlineData("C:\\secret.bin", "0", "8", "only files in the model's own folder")]
    [InlineData("", "0", "8", "only files inside are read")]
    [InlineData(".", "0", "8", "only files inside are read")]
    public void A_place_outside_the_file_or_the_folder_is_refused(string location, string? offset, string? length, string expected) =>
        Assert.Contains(expected, Assert.Throws<ModelException>(() => Read(location, offset, length)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_link_out_of_the_folder_is_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), Path.Combine(_outside, "secret.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "away"), _outside);
        Assert.Contains("a link out of", Assert.Throws<ModelException>(() => Read("link.bin", "16", "8"))
            .Message, StringComparison.Ordinal);
        Assert.Contains("a link out of", Assert.Throws<ModelException>(() => Read("away/secret.bin", "16", "8"))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_inside_the_folder_is_followed()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), "weights.bin");
        Assert.Equal(1.5f, Read("link.bin", "16", "8").Constants["w"].As<float>()[0]);
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(_folder, "b"), "a");
        Assert.ThrowsAny<ModelException>(() => Read("a", "0", "8"));
    }

    [Fact]
    public void Many_tensors_cannot_make_a_small_file_fill_the_memory()
    {
        ModelFile file = new ModelFile().Input("x", 2);
        for (int i = 0; i < 20; i++)
        {
            file.Graph.Initializer.Add(
                Claim($"w{i}", "weights.bin", (4 * (i % 12)).ToString(System.Globalization.CultureInfo.InvariantCulture), "8"));
            file.Node("Add", $"x w{i}", $"y{i}").Output($"y{i}");
        }
        Assert.Contains("overlap", Assert.Throws<ModelException>(() => Save(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_may_share_one_place()
    {
        ModelFile file = new ModelFile().Input("x", 2);
        for (int i = 0; i < 20; i++)
        {
            file.Graph.Initializer.Add(Claim($"w{i}", "weights.bin", "16", "8"));
            file.Node("Add", $"x w{i}", $"y{i}").Output($"y{i}");
        }
        Assert.Equal(20, Save(file).Constants.Count);
    }

    [Fact]
    public void A_model_from_a_stream_has_no_folder_to_read_from()
    {
        ModelFile file = new ModelFile().Input("x", 2).Node("Add", "x w", "y").Output("y");
        file.Graph.Initializer.Add(Claim("w", "weights.bin", "16", "8"));
        Assert.Contains("not read from a folder", file.Refusal(), StringComparison.Ordinal);
    }

    private Graph Read(string location, string? offset, string? length)
    {
        ModelFile file = new ModelFile().Input("x", 2).Node("Add", "x w", "y").Output("y");
        file.Graph.Initializer.Add(Claim("w", location, offset, length));
        return Save(file);
    }

    private Graph Save(ModelFile file)
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(path, file.Bytes());
        return OnnxModel.Read(path);
    }

    private static TensorProto Claim(string name, string location, string? offset, string? length)
    {
        TensorProto tensor = new() { Name = name, DataType = 1, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.Add(2);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        if (offset is not null) tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset });
        if (length is not null) tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        return tensor;
    }
}
