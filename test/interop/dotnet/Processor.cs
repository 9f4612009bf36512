using System.Text;
using System.Text.Json;
using Microsoft.Azure.Cosmos;

namespace Interop;

/// <summary>
/// The change feed processor, set up as the Functions trigger does it. It tells each batch before its
/// checkpoint moves; with a doorbell it posts the batch there first, and treats a failure as the trigger does:
/// without a retry policy it goes on, with an endless one it repeats the batch.
/// </summary>
internal static class Processor
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(1) };

    public static async Task RunAsync(Options options)
    {
        using var client = options.Connect();
        var processor = Build(options, client);
        await processor.StartAsync();
        Lines.Tell(new { Event = "started" });
        while (await Console.In.ReadLineAsync() is not null)
        {
            // Only the end of stdin means something to a processor.
        }

        await processor.StopAsync();
        Lines.Tell(new { Event = "stopped" });
    }

    private static ChangeFeedProcessor Build(Options options, CosmosClient client) => options.ItemsOf(client)
        .GetChangeFeedProcessorBuilder<JsonElement>(
            options.Find("--prefix") ?? string.Empty,
            (context, changes, cancellation) => DeliverAsync(options, context.LeaseToken, changes, cancellation))
        .WithInstanceName(options.Text("--instance"))
        .WithLeaseContainer(client.GetContainer(options.Text("--database"), options.Text("--leases")))
        .WithStartTime(DateTime.MinValue.ToUniversalTime())
        .WithMaxItems(options.Number("--max-items"))
        .WithPollInterval(options.Milliseconds("--poll-ms"))
        .WithLeaseConfiguration(
            options.Milliseconds("--acquire-ms"),
            options.Milliseconds("--expiry-ms"),
            options.Milliseconds("--renew-ms"))
        .WithLeaseAcquireNotification(lease => TellLease("acquired", lease))
        .WithLeaseReleaseNotification(lease => TellLease("released", lease))
        .WithErrorNotification((lease, error) =>
        {
            Lines.Tell(new { Event = "error", Lease = lease, Message = error.ToString() });
            return Task.CompletedTask;
        })
        .Build();

    private static Task TellLease(string happened, string lease)
    {
        Lines.Tell(new { Event = happened, Lease = lease });
        return Task.CompletedTask;
    }

    private static async Task DeliverAsync(
        Options options,
        string lease,
        IReadOnlyCollection<JsonElement> changes,
        CancellationToken cancellation)
    {
        if (options.Find("--doorbell") is { } doorbell)
        {
            await RingAsync(options, new Uri(doorbell), changes, cancellation);
        }

        await Task.Delay(options.Milliseconds("--work-ms"), cancellation);

        Lines.Tell(new { Event = "batch", Lease = lease, Changes = changes });
    }

    private static async Task RingAsync(
        Options options,
        Uri doorbell,
        IReadOnlyCollection<JsonElement> changes,
        CancellationToken cancellation)
    {
        var batch = JsonSerializer.Serialize(changes);
        while (!await IsAcceptedAsync(doorbell, batch, cancellation))
        {
            if (options.Find("--repeat-ms") is null)
            {
                return;
            }

            await Task.Delay(options.Milliseconds("--repeat-ms"), cancellation);
        }
    }

    private static async Task<bool> IsAcceptedAsync(Uri doorbell, string batch, CancellationToken cancellation)
    {
        using var content = new StringContent(batch, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(doorbell, content, cancellation);
        return response.IsSuccessStatusCode;
    }
}
