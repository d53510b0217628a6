using System.Net;
using System.Text.Json;

namespace EdgeCnn.EdgeRuntime.Tests.Debugging;

/// <summary>openapi.json says what the server answers, no more and no less.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_route_is_documented_and_every_documented_route_is_there()
    {
        await using OpenPage page = await OpenPage.StartAsync();
        JsonElement document = await page.ReadAsync("/api/openapi.json");
        IEnumerable<string> documented = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        // The page's own files are no part of the API.
        IEnumerable<string> served = page.Server.Routes.Where(route => route.Method != "HEAD" && !IsPageFile(route.Path))
            .Select(route => $"{route.Method} {route.Path}");

        Assert.Equal(documented.Order(StringComparer.Ordinal), served.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Answers_are_what_the_document_says_they_are()
    {
        await using OpenPage page = await OpenPage.StartAsync(options =>
        {
            options.Link.Port = "virtual";
            options.Record.Folder = Directory.CreateTempSubdirectory("edgecnn-recordings-").FullName;
        });
        JsonElement document = await page.ReadAsync("/api/openapi.json");
        using (HttpResponseMessage taken = await page.SendAsync("POST", "/api/snapshots"))
            Assert.Equal(HttpStatusCode.OK, taken.StatusCode);

        int checkedAnswers = 0;
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty method in path.Value.EnumerateObject())
            {
                if (path.Name.Contains('{') || path.Name is "/api/login" or "/api/events" or "/api/stream.mjpg") continue;
                string? body = method.Name == "patch" ? """{ "Model": { "Confidence": 0.3 } }""" : null;
                using HttpResponseMessage answer = await page.SendAsync(method.Name.ToUpperInvariant(), path.Name, body);
                string where = $"{method.Name} {path.Name}";
                // On a busy machine frames may be late, and the daemon not ready.
                Assert.True(answer.IsSuccessStatusCode || path.Name == "/readyz", $"{where}: {answer.StatusCode}");
                JsonElement content = method.Value.GetProperty("responses").GetProperty($"{(int)answer.StatusCode}").GetProperty("content");
                Assert.True(content.TryGetProperty(answer.Content.Headers.ContentType?.MediaType ?? "text/plain", out JsonElement type),
                    $"{where}: {answer.Content.Headers.ContentType}");
                if (answer.Content.Headers.ContentType?.MediaType != "application/json") continue;
                Fits(JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()), type.GetProperty("schema"),
                    document, where);
                checkedAnswers++;
            }
        }
        Assert.True(checkedAnswers >= 10, $"only {checkedAnswers} answers were checked");

        using HttpResponseMessage refused = await page.SendAsync("PATCH", "/api/settings", "[]");
        Fits(JsonSerializer.Deserialize<JsonElement>(await refused.Content.ReadAsStringAsync()), Schema(document, "Problem"), document,
            "a refusal");
        using StreamReader events = new(await page.Client.GetStreamAsync("/api/events"));
        HashSet<string> kinds = [];
        string kind = "";
        while (kinds.Count < 2)
        {
            string line = await events.ReadLineAsync() ?? throw new EndOfStreamException();
            if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal) || !kinds.Add(kind)) continue;
            Fits(JsonSerializer.Deserialize<JsonElement>(line[6..]), Schema(document, kind == "state" ? "State" : "Report"), document,
                kind);
        }
        Directory.Delete(page.Settings.Current.Record.Folder, recursive: true);
    }

    private static bool IsPageFile(string path) => path == "/" || Path.GetExtension(path) is ".html" or ".css" or ".js" or ".svg";

    private static JsonElement Schema(JsonElement document, string name) =>
        document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    /// <summary>The part of JSON schema that the document uses; a property that it does not name is an error too.</summary>
    private static void Fits(JsonElement value, JsonElement schema, JsonElement document, string where)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference)) schema = Schema(document, reference.GetString()!.Split('/')[^1]);
        if (schema.TryGetProperty("oneOf", out JsonElement choices))
        {
            JsonElement choice = choices.EnumerateArray()
                .First(one => one.GetProperty("type").GetString() == "null" == (value.ValueKind == JsonValueKind.Null));
            Fits(value, choice, document, where);
            return;
        }
        if (schema.TryGetProperty("enum", out JsonElement words))
            Assert.Contains(value.GetString(), words.EnumerateArray().Select(word => word.GetString()));
        if (schema.TryGetProperty("type", out JsonElement type))
        {
            string[] types = type.ValueKind == JsonValueKind.Array
                ? [.. type.EnumerateArray().Select(t => t.GetString()!)]
                : [type.GetString()!];
            Assert.True(types.Any(t => IsA(value, t)), $"{where} is {value.ValueKind}, not {string.Join(" or ", types)}");
        }
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement items))
        {
            foreach (JsonElement item in value.EnumerateArray()) Fits(item, items, document, where + "[]");
        }
        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out JsonElement properties)) return;
        foreach (JsonElement required in schema.GetProperty("required").EnumerateArray())
            Assert.True(value.TryGetProperty(required.GetString()!, out _), $"{where} lacks {required}");
        foreach (JsonProperty property in value.EnumerateObject())
        {
            Assert.True(properties.TryGetProperty(property.Name, out JsonElement inner), $"{where}.{property.Name} is not documented");
            Fits(property.Value, inner, document, $"{where}.{property.Name}");
        }
    }

    private static bool IsA(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || (type == "integer" && value.TryGetInt64(out _)),
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        _ => type == "null",
    };
}
