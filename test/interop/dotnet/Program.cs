using System.Runtime.InteropServices;

namespace Interop;

/// <summary>
/// Plays one role against a Cosmos DB account and tells what it sees as JSON lines on stdout.
/// The account comes from the environment (COSMOS, a connection string), the rest from arguments.
/// The end of stdin asks for a clean stop, so no child outlives its parent.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        // Ctrl+C goes to the whole group; the parent then closes stdin.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        try
        {
            var options = Options.Parse(arguments);
            await (options.Role switch
            {
                "processor" => Processor.RunAsync(options),
                "submitter" => Submitter.RunAsync(options),
                "reader" => Reader.RunAsync(options),
                _ => throw new ArgumentException($"The role is {options.Role}; use processor, submitter or reader."),
            });
            return 0;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 2;
        }
    }
}
