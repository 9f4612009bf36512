using System.Net;
using System.Text.Json;
using Microsoft.Azure.Cosmos;

namespace Interop;

/// <summary>Reads items: point reads, queries, the change feed by pages.</summary>
internal static class Reader
{
    public static async Task RunAsync(Options options)
    {
        using var client = options.Connect();
        var items = options.ItemsOf(client);
        await Lines.AnswerAsync(command => ReadAsync(items, command));
    }

    private static async Task<object?> ReadAsync(Container items, JsonElement command) =>
        Commands.Text(command, "operation") switch
        {
            "read" => (await items.ReadItemAsync<JsonElement>(
                Commands.Text(command, "id"),
                Commands.PartitionKeyOf(command))).Resource,
            "read-many" => await ReadManyAsync(items, command),
            "query" => await QueryAsync(items, command),
            "ranges" => (await items.GetFeedRangesAsync()).Select(range => JsonElement.Parse(range.ToJsonString())),
            "changes" => await ChangesAsync(items, command),
            var other => throw new ArgumentException($"No operation is called {other}."),
        };

    private static async Task<object> ReadManyAsync(Container items, JsonElement command)
    {
        var wanted = command.GetProperty("items").EnumerateArray()
            .Select(item => (Commands.Text(item, "id"), Commands.PartitionKeyOf(item)));
        var found = await items.ReadManyItemsAsync<JsonElement>([.. wanted]);
        return found.Resource;
    }

    /// <summary>
    /// Reads all pages; with <c>isResumed</c> by a new iterator for each page, from the continuation of the last.
    /// </summary>
    private static async Task<object> QueryAsync(Container items, JsonElement command)
    {
        var query = new QueryDefinition(Commands.Text(command, "query"));
        if (command.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateObject())
            {
                query.WithParameter(parameter.Name, parameter.Value);
            }
        }

        var requestOptions = new QueryRequestOptions
        {
            PartitionKey = Commands.FindPartitionKey(command),
            MaxItemCount = FindPageSize(command),
        };
        var isResumed = command.TryGetProperty("isResumed", out _);
        var pages = items.GetItemQueryIterator<JsonElement>(query, requestOptions: requestOptions);
        List<JsonElement> results = [];
        double chargeRu = 0;
        while (pages.HasMoreResults)
        {
            var page = await pages.ReadNextAsync();
            chargeRu += page.RequestCharge;
            results.AddRange(page);
            if (isResumed && page.ContinuationToken is { } continuation)
            {
                pages.Dispose();
                pages = items.GetItemQueryIterator<JsonElement>(query, continuation, requestOptions);
            }
        }

        pages.Dispose();
        return new { ChargeRu = chargeRu, Results = results };
    }

    /// <summary>Reads to the present end; the answer keeps the pages, and the continuation to go on from.</summary>
    private static async Task<object> ChangesAsync(Container items, JsonElement command)
    {
        var start = Commands.Find(command, "continuation") is { } continuation
            ? ChangeFeedStartFrom.ContinuationToken(continuation)
            : Commands.FindPartitionKey(command) is { } key
                ? ChangeFeedStartFrom.Beginning(FeedRange.FromPartitionKey(key))
                : ChangeFeedStartFrom.Beginning();
        using var pages = items.GetChangeFeedIterator<JsonElement>(
            start,
            ChangeFeedMode.LatestVersion,
            new ChangeFeedRequestOptions { PageSizeHint = FindPageSize(command) });
        List<JsonElement[]> told = [];
        while (pages.HasMoreResults)
        {
            var page = await pages.ReadNextAsync();
            if (page.StatusCode == HttpStatusCode.NotModified)
            {
                return new { Pages = told, Continuation = page.ContinuationToken };
            }

            told.Add([.. page]);
        }

        throw new InvalidOperationException("The change feed ended, which it never does.");
    }

    private static int? FindPageSize(JsonElement command) =>
        command.TryGetProperty("pageSize", out var size) ? size.GetInt32() : null;
}
