using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EdgeCnn.EdgeRuntime.Debugging;

/// <summary>What the server says beside what it was asked for.</summary>
internal static class Answers
{
    public const string Json = "application/json; charset=utf-8";

    /// <summary>A problem in one sentence (RFC 9457).</summary>
    public static Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(new Problem(status, sentence), ProblemJson.Default.Problem), context.RequestAborted);
    }

    /// <summary>Gives an answer without words its sentence.</summary>
    public static Task ExplainAsync(HttpContext context) =>
        RefuseAsync(context, context.Response.StatusCode, context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => $"There is no {context.Request.Path}: /api/openapi.json lists what there is.",
            StatusCodes.Status405MethodNotAllowed =>
                $"{context.Request.Path} does not take {context.Request.Method}: /api/openapi.json lists what it takes.",
            _ => "The request cannot be answered.",
        });

    public static Task LoginPageAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return PageFiles.SendAsync(context, "login.html");
    }
}

/// <param name="Status">The answer's status code.</param>
/// <param name="Detail">What is wrong, where, and what to do.</param>
internal sealed record Problem(int Status, string Detail);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(Problem))]
internal sealed partial class ProblemJson : System.Text.Json.Serialization.JsonSerializerContext;
