using System.Text.Json;
using Microsoft.Azure.Cosmos;

namespace Interop;

/// <summary>The line protocol: one JSON object a line, commands on stdin and events on stdout.</summary>
internal static class Lines
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes one event; a line is whole and flushed when this returns.</summary>
    public static void Tell(object told) => Console.Out.WriteLine(JsonSerializer.Serialize(told, Json));

    /// <summary>
    /// Answers each command with one event: <c>answer</c>, <c>refused</c> (a CosmosException) or
    /// <c>failed</c> (any other exception, which includes those thrown inside the SDK).
    /// </summary>
    public static async Task AnswerAsync(Func<JsonElement, Task<object?>> answer)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Tell(await EventOfAsync(answer, JsonElement.Parse(line)));
        }
    }

    private static async Task<object> EventOfAsync(Func<JsonElement, Task<object?>> answer, JsonElement command)
    {
        try
        {
            return new { Event = "answer", Value = await answer(command) };
        }
        catch (CosmosException error)
        {
            return new
            {
                Event = "refused",
                Status = (int)error.StatusCode,
                Substatus = error.SubStatusCode,
                RetryAfterMs = error.RetryAfter?.TotalMilliseconds,
                error.Message,
            };
        }
#pragma warning disable CA1031 // Whatever the SDK throws is the finding.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new { Event = "failed", Type = error.GetType().Name, Message = error.ToString() };
        }
    }
}
