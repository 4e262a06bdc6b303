using KataShimNet.Fsd.Commands;
using KataShimNet.Fsd.Worker;

namespace KataShimNet.Fsd;

internal static class Program
{
    // A worker is started by its keeper with arguments of its own, and touches nothing of the command line's machinery.
    private static int Main(string[] args) =>
        WorkerArguments.TryParse(args) is { } worker ? WorkerProgram.Run(worker) : DaemonCommand.Run(args);
}
