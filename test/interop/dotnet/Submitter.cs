using System.Text.Json;
using Microsoft.Azure.Cosmos;

namespace Interop;

/// <summary>Writes items: one command a line, <c>{"operation":"create","document":{…}}</c> and its like.</summary>
internal static class Submitter
{
    public static async Task RunAsync(Options options)
    {
        using var client = options.Connect();
        var items = options.ItemsOf(client);
        await Lines.AnswerAsync(command => WriteAsync(items, command));
    }

    private static async Task<object?> WriteAsync(Container items, JsonElement command)
    {
        var key = Commands.PartitionKeyOf(command);
        var conditions = new ItemRequestOptions { IfMatchEtag = Commands.Find(command, "ifMatch") };
        return Commands.Text(command, "operation") switch
        {
            "create" => Written(await items.CreateItemAsync(Document(command), key, conditions)),
            "upsert" => Written(await items.UpsertItemAsync(Document(command), key, conditions)),
            "replace" => Written(await items.ReplaceItemAsync(Document(command), Commands.Text(command, "id"), key, conditions)),
            "patch" => Written(await items.PatchItemAsync<JsonElement>(
                Commands.Text(command, "id"),
                key,
                [PatchOperation.Set(Commands.Text(command, "path"), command.GetProperty("value"))])),
            "delete" => Written(await items.DeleteItemAsync<JsonElement>(Commands.Text(command, "id"), key, conditions)),
            "batch" => await ExecuteBatchAsync(items.CreateTransactionalBatch(key), command),
            "execute" => Written(await items.Scripts.ExecuteStoredProcedureAsync<JsonElement>(
                Commands.Text(command, "id"),
                key,
                [.. command.GetProperty("arguments").EnumerateArray()])),
            var other => throw new ArgumentException($"No operation is called {other}."),
        };
    }

    private static JsonElement Document(JsonElement command) => command.GetProperty("document");

    private static object Written(Response<JsonElement> response) => new
    {
        Status = (int)response.StatusCode,
        ChargeRu = response.RequestCharge,
        Resource = response.Resource.ValueKind == JsonValueKind.Undefined ? (JsonElement?)null : response.Resource,
    };

    private static async Task<object> ExecuteBatchAsync(TransactionalBatch batch, JsonElement command)
    {
        foreach (var document in command.GetProperty("documents").EnumerateArray())
        {
            batch.CreateItem(document);
        }

        using var response = await batch.ExecuteAsync();
        return new { Status = (int)response.StatusCode, response.Count, Message = response.ErrorMessage };
    }
}
