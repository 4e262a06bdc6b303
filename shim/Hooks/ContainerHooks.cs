using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using KataShimNet.AgentProto.Kata.Oci;
using KataShimNet.AgentProto.Ttrpc;
using KataShimNet.Shim.Sandboxes;
using Microsoft.Extensions.Logging;

namespace KataShimNet.Shim.Hooks;

/// <summary>
/// The hooks of a container that are for the host. <c>startContainer</c> is for inside the container: the agent has crun run it there.
/// <c>createContainer</c> names a program of the host that is to run in the container's namespaces, which are in the guest: it is left out.
/// </summary>
internal sealed partial class ContainerHooks
{
    // In the bundle from before the first hook until after the last: `delete` then knows whether something is to be undone.
    private const string MarkFile = "katanet-hooks";

    private readonly string _id;
    private readonly string _bundle;
    private readonly string _version;
    private readonly AgentProto.Kata.Oci.Hooks _hooks;
    private readonly IReadOnlyDictionary<string, string> _annotations;
    private readonly ILogger _log;

    private ContainerHooks(string id, string bundle, Spec spec, ILogger log)
    {
        _id = id;
        _bundle = bundle;
        // The specification itself is rewritten for the guest, its hooks first of all.
        (_version, _hooks, _annotations) = (spec.Version, spec.Hooks, new Dictionary<string, string>(spec.Annotations));
        _log = log;
    }

    /// <summary>The hooks of a container.</summary>
    /// <param name="id">The container.</param>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="spec">Its specification, as the bundle has it.</param>
    /// <param name="log">Hears of hooks that fail where that ends nothing.</param>
    /// <returns>Null when it has none.</returns>
    public static ContainerHooks? Of(string id, string bundle, Spec spec, ILogger log) => spec.Hooks is null ? null : new ContainerHooks(id, bundle, spec, log);

    /// <summary>The hooks of a container that only its bundle is left of.</summary>
    /// <param name="id">The container.</param>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="log">Hears of hooks that fail.</param>
    /// <returns>Null when it has none; also when the specification cannot be read, since no hook of it has been run then.</returns>
    public static ContainerHooks? Read(string id, string bundle, ILogger log)
    {
        try
        {
            return Of(id, bundle, BundleSpec.Read(bundle), log);
        }
        catch (TtrpcException)
        {
            return null;
        }
    }

    /// <summary>Runs prestart and createRuntime. When one fails, poststop is run, and the error has what it said.</summary>
    /// <param name="pid">A process in the container's network namespace.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="TtrpcException">Aborted: a hook failed.</exception>
    public async Task BeforeCreateAsync(int pid, CancellationToken cancel)
    {
        if (_hooks.CreateContainer.Count > 0)
            LogLeftOut(_log, _id, _hooks.CreateContainer[0].Path);
        await File.WriteAllBytesAsync(Path.Combine(_bundle, MarkFile), [], CancellationToken.None).ConfigureAwait(false);
        try
        {
            await RunAllAsync(HookStage.Prestart, pid, cancel).ConfigureAwait(false);
            await RunAllAsync(HookStage.CreateRuntime, pid, cancel).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await AfterDeleteAsync().ConfigureAwait(false);
            if (e is not HookException)
                throw;
            throw new TtrpcException(StatusCode.Aborted, $"container {_id}: {e.Message}", e);
        }
    }

    /// <summary>Runs poststart. A failure is logged, and the container runs on.</summary>
    /// <param name="pid">A process in the container's network namespace.</param>
    public Task AfterStartAsync(int pid) => RunOrLogAsync(HookStage.Poststart, pid);

    /// <summary>Runs poststop, once. A failure is logged.</summary>
    public async Task AfterDeleteAsync()
    {
        var mark = Path.Combine(_bundle, MarkFile);
        if (!File.Exists(mark))
            return;
        await RunOrLogAsync(HookStage.Poststop, 0).ConfigureAwait(false);
        File.Delete(mark);
    }

    private async Task RunOrLogAsync(HookStage stage, int pid)
    {
        foreach (var hook in stage.Of(_hooks))
        {
            try
            {
                await HookProcess.RunAsync(stage.Name, hook, State(stage.Status, pid), _bundle, CancellationToken.None).ConfigureAwait(false);
            }
            catch (HookException e)
            {
                LogFailed(_log, _id, e.Message);
            }
        }
    }

    private async Task RunAllAsync(HookStage stage, int pid, CancellationToken cancel)
    {
        foreach (var hook in stage.Of(_hooks))
            await HookProcess.RunAsync(stage.Name, hook, State(stage.Status, pid), _bundle, cancel).ConfigureAwait(false);
    }

    // OCI runtime specification, runtime.md, "State".
    private byte[] State(string status, int pid)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, _version);
            json.WriteString("id"u8, _id);
            json.WriteString("status"u8, status);
            if (pid > 0)
                json.WriteNumber("pid"u8, pid);
            json.WriteString("bundle"u8, _bundle);
            json.WriteStartObject("annotations"u8);
            foreach (var (key, value) in _annotations)
                json.WriteString(key, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return text.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "a hook has failed")]
    private static partial void LogFailed(ILogger log, string container, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "createContainer hooks are left out: the container's namespaces are in the guest, the hook is the host's")]
    private static partial void LogLeftOut(ILogger log, string container, string hook);
}
