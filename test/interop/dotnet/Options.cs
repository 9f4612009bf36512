using System.Globalization;
using System.Text.Json;
using Microsoft.Azure.Cosmos;

namespace Interop;

/// <summary>Arguments of the form <c>role --name value …</c>, and the account they are for.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    private Options(string role) => Role = role;

    public string Role { get; }

    public static Options Parse(string[] arguments)
    {
        if (arguments.Length % 2 == 0)
        {
            throw new ArgumentException("Use: interop ROLE [--name value]…");
        }

        var options = new Options(arguments[0]);
        foreach (var pair in arguments.Skip(1).Chunk(2))
        {
            options.values.Add(pair[0], pair[1]);
        }

        return options;
    }

    public string? Find(string name) => values.GetValueOrDefault(name);

    public string Text(string name) => Find(name) ?? throw new ArgumentException($"The argument {name} is missing.");

    public int Number(string name) => int.Parse(Text(name), CultureInfo.InvariantCulture);

    public TimeSpan Milliseconds(string name) => TimeSpan.FromMilliseconds(Number(name));

    /// <summary>Connects in gateway mode, the only one that needs no TLS and no second port.</summary>
    public CosmosClient Connect() => new(
        Environment.GetEnvironmentVariable("COSMOS") ?? throw new ArgumentException("Set COSMOS to a connection string."),
        new CosmosClientOptions
        {
            ConnectionMode = ConnectionMode.Gateway,
            MaxRetryAttemptsOnRateLimitedRequests = int.Parse(Find("--throttle-retries") ?? "9", CultureInfo.InvariantCulture),
            UseSystemTextJsonSerializerWithOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web),
        });

    public Container ItemsOf(CosmosClient client) => client.GetContainer(Text("--database"), Text("--container"));
}
