using System.Text.Json;
using Microsoft.Azure.Cosmos;

namespace Interop;

/// <summary>What every command may carry.</summary>
internal static class Commands
{
    public static string? Find(JsonElement command, string name) =>
        command.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static string Text(JsonElement command, string name) =>
        Find(command, name) ?? throw new ArgumentException($"The command needs {name}.");

    /// <summary>Reads <c>partitionKey</c>; null if the command has none, so that the SDK decides.</summary>
    public static PartitionKey? FindPartitionKey(JsonElement command) =>
        !command.TryGetProperty("partitionKey", out var key)
            ? null
            : key.ValueKind switch
            {
                JsonValueKind.Number => new PartitionKey(key.GetDouble()),
                JsonValueKind.String => new PartitionKey(key.GetString()),
                JsonValueKind.True or JsonValueKind.False => new PartitionKey(key.GetBoolean()),
                JsonValueKind.Null => PartitionKey.Null,
                _ => PartitionKey.None,
            };

    public static PartitionKey PartitionKeyOf(JsonElement command) =>
        FindPartitionKey(command) ?? throw new ArgumentException("The command needs partitionKey.");
}
