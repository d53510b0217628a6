using System.Net;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Configuration;
using EdgeCnn.EdgeRuntime.Inference;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>Settings over HTTP: changes that hold, and requests that change nothing.</summary>
public sealed class SettingsApiTests
{
    [Fact]
    public async Task A_merge_patch_changes_what_it_names_and_null_takes_it_back()
    {
        await using OpenPage page = await OpenPage.StartAsync();

        using HttpResponseMessage first = await page.SendAsync(
            "PATCH", "/api/settings",
            """{ "model": { "confidence": 0.6 }, "Target": { "Choose": "central", "Classes": ["teal", "pink"] } }""");
        JsonElement change = JsonSerializer.Deserialize<JsonElement>(await first.Content.ReadAsStringAsync());
        Assert.Equal(["Model:Confidence", "Target:Choose", "Target:Classes"],
            change.GetProperty("applied").EnumerateArray().Select(key => key.GetString()!));
        JsonElement differences = await page.ReadAsync("/api/settings?only=changed");
        Assert.Equal(0.6, differences.GetProperty("Model").GetProperty("Confidence").GetDouble());
        Assert.Equal("central", differences.GetProperty("Target").GetProperty("Choose").GetString());
        Assert.Equal(["teal", "pink"], page.Settings.Current.Target.Classes);

        using HttpResponseMessage second = await page.SendAsync(
            "PATCH", "/api/settings", """{ "Model": { "Confidence": null }, "Target": { "Classes": null } }""");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Null(page.Settings.Current.Model.Confidence);
        Assert.Empty(page.Settings.Current.Target.Classes);
        Assert.Equal("central", page.Settings.Current.Target.Choose.ToString().ToLowerInvariant());
    }

    [Fact]
    public async Task What_differs_from_the_defaults_is_a_configuration_file_that_says_the_same()
    {
        await using OpenPage page = await OpenPage.StartAsync(options =>
        {
            (options.Link.Name, options.Camera.Loop, options.Debug.Token) = ("robot \"7\"", true, "a secret of this robot");
            options.Aim.HeightsMm["teal"] = 120;
        });
        page.Client.DefaultRequestHeaders.Authorization = new("Bearer", "a secret of this robot");
        string path = page.Running["copied.json"];
        await File.WriteAllTextAsync(path, await page.Client.GetStringAsync("/api/settings?only=changed"));

        Assert.Equal(["Debug:Token"], SettingsDifference.Between(page.Settings.Current, SettingsLoader.Load(path, [])));
    }

    [Theory]
    [InlineData("""{ "Model": { "Confidense": 0.5 } }""",
        "There is no setting 'Model:Confidense' (the request): did you mean 'Model:Confidence'?")]
    [InlineData("""{ "Model": { "Confidence": 1.5 } }""", "Model:Confidence is '1.5' (the request), but must be a number from 0 to 1.")]
    [InlineData("""{ "Model": { "Confidence": "high" } }""", "Model:Confidence is 'high' (the request), but must be a number.")]
    [InlineData("""{ "Model": 5 }""", "Model is '5' (the request), but must be a group of settings, not a single value.")]
    [InlineData("""{ "Target": { "Choose": "ugliest" } }""",
        "Target:Choose is 'ugliest' (the request), but must be one of Largest, Central, Confident.")]
    [InlineData("""{ "Target": { "Classes": ["unicorn"] } }""", "Target:Classes names 'unicorn', which is no class of the model")]
    [InlineData("""{ "Model": { "Path": "../../etc/passwd" } }""", "Model:Path can be changed here to one of the files in")]
    [InlineData("""{ "Model": { "Path": "/etc/passwd" } }""", "Model:Path can be changed here to one of the files in")]
    [InlineData("""{ "model": { "path": "pattern.onnx\u0000.txt" } }""", "Model:Path can be changed here to one of the files in")]
    [InlineData("""{ "Model": { "Labels": "/etc/hostname" } }""", "Model:Labels can be changed here to one of the files in")]
    [InlineData("""{ "Model": { "Path": ["pattern.onnx"] } }""", "Model:Path can be changed here to one of the files in")]
    [InlineData("""{ "Model:Path": "/etc/passwd" }""", "'Model:Path' is no name of a setting in the request: groups are objects")]
    [InlineData("""{ "Model": { "Top": 1, "Top": 2 } }""", "The request is no JSON object with each name once.")]
    [InlineData("""{ "Model": { "Top": 1 """, "The request is no JSON object")]
    [InlineData("[]", "The request is no JSON object")]
    [InlineData("null", "The request is no JSON object")]
    [InlineData("", "The request is no JSON object")]
    [InlineData("""{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}""", "The request is no JSON object")]
    public async Task A_change_that_cannot_be_is_refused_in_one_sentence_and_nothing_changes(string body, string sentence)
    {
        await using OpenPage page = await OpenPage.StartAsync();

        using HttpResponseMessage answer = await page.SendAsync("PATCH", "/api/settings", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(sentence, await OpenPage.DetailAsync(answer), StringComparison.Ordinal);
        Assert.Equal(0, page.Settings.Revision);
    }

    [Fact]
    public async Task A_huge_body_is_refused_before_it_is_read()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        string body = $$"""{ "Model": { "Path": "{{new string('x', 200_000)}}" } }""";

        using HttpResponseMessage answer = await page.SendAsync("PATCH", "/api/settings", body);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_change_that_is_not_JSON_is_refused()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        using HttpResponseMessage answer = await page.Client.PatchAsync(
            "/api/settings", new FormUrlEncodedContent([new("Model:Confidence", "0.9")]));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(0, page.Settings.Revision);
    }

    [Fact]
    public async Task A_swap_to_a_broken_model_is_refused_and_the_old_one_goes_on()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        await File.WriteAllTextAsync(page.Running["broken.onnx"], "this is no model");
        JsonElement models = await page.ReadAsync("/api/models");
        Assert.Equal(["broken.onnx", "pattern.onnx"], models.GetProperty("models").EnumerateArray().Select(name => name.GetString()!));

        using HttpResponseMessage answer = await page.SendAsync("PATCH", "/api/settings", """{ "Model": { "Path": "broken.onnx" } }""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("broken.onnx", await OpenPage.DetailAsync(answer), StringComparison.Ordinal);
        Assert.Equal("pattern.onnx", (await page.ReadAsync("/api/models")).GetProperty("current").GetString());
        await page.Running.NextAsync(report => report.Detections.Count > 0, "detections");
    }

    [Fact]
    public async Task A_model_whose_file_has_changed_is_loaded_again()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        Pipeline pipeline = page.Running.Loop.Pipeline;
        VisionModel before = pipeline.Vision.Model;

        using HttpResponseMessage answer = await page.SendAsync("POST", "/api/model/reload");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotSame(before, pipeline.Vision.Model);
        await page.Running.NextAsync(report => report.Detections.Count > 0, "detections");
    }

    [Theory]
    [InlineData("GET", "/../../etc/passwd", HttpStatusCode.NotFound)]
    [InlineData("GET", "/page/index.html", HttpStatusCode.NotFound)]
    [InlineData("GET", "/..%2f..%2fetc/passwd", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/settings", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/api/state", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/api/nothing", HttpStatusCode.NotFound)]
    public async Task What_there_is_not_is_not_found(string method, string path, HttpStatusCode status)
    {
        await using OpenPage page = await OpenPage.StartAsync();
        using HttpResponseMessage answer = await page.SendAsync(method, path);
        Assert.Equal(status, answer.StatusCode);
    }
}
