using System;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using KataShimNet.EndToEndTests.Cri;

namespace KataShimNet.EndToEndTests.Sharing;

/// <summary>Somebody who uses the volume: a container of a pod, or a process of the host.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Volume">Where the volume is for it.</param>
public abstract record Party(string Name, string Volume)
{
    // Two machines without KVM on a busy host; the programs give up before.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    /// <summary>Runs a program of <see cref="ProgramsImage"/> to its end.</summary>
    public Task<CommandResult> RunAsync(string program, params string[] arguments) => RunAsync(TimeSpan.Zero, program, arguments);

    /// <summary>Runs a program that takes its time.</summary>
    /// <param name="length">How long it takes by itself.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public async Task<CommandResult> RunAsync(TimeSpan length, string program, params string[] arguments) =>
        (await RunUnderAsync(length + s_patience, program, arguments)).Exits(0);

    /// <summary>Path of a file of the volume, as this one has it.</summary>
    public string Path(params string[] names) => $"{Volume}/{string.Join('/', names)}";

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>Runs it.</summary>
    protected abstract Task<CommandResult> RunUnderAsync(TimeSpan limit, string program, string[] arguments);
}

/// <summary>A container.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Container">It.</param>
public sealed record ContainerParty(string Name, PodContainer Container) : Party(Name, SharingPods.Mounted)
{
    /// <inheritdoc/>
    protected override Task<CommandResult> RunUnderAsync(TimeSpan limit, string program, string[] arguments) =>
        Container.ExecAsync(limit, [program, .. arguments]);
}

/// <summary>The host.</summary>
/// <param name="Programs">What it runs.</param>
/// <param name="Volume">The volume's folder.</param>
public sealed record HostParty(ProgramsImage Programs, string Volume) : Party("host", Volume)
{
    /// <inheritdoc/>
    protected override Task<CommandResult> RunUnderAsync(TimeSpan limit, string program, string[] arguments) =>
        Programs.RunOnHostAsync(limit, program, arguments);
}
