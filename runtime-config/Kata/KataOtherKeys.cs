using System;
using System.Collections.Generic;
using System.Globalization;
using static KataShimNet.RuntimeConfig.Kata.KataKey;

namespace KataShimNet.RuntimeConfig.Kata;

/// <summary>Kata's sections <c>[agent.kata]</c> and <c>[runtime]</c>.</summary>
internal static class KataOtherKeys
{
    private const string NotHere = "not a feature of this runtime";
    private const string NoTraces = "Jaeger takes OTLP too, on port 4318: `tracing.endpoint`";

    /// <summary>Keys of <c>[agent.kata]</c>.</summary>
    public static IReadOnlyList<KataKey> Agent { get; } =
    [
        Words("enable_debug", "agent.log_level", "true is debug", ("true", "debug"), ("false", null)),
        Same("log_level", "agent.log_level"),
        Always("enable_tracing", "the calls to the agent are among the shim's spans", "false", "true"),
        new("kernel_modules", "`agent.kernel_modules`", "modules of the guest's tree (deploy/guest/modules.list)", Modules),
        Same("debug_console_enabled", "agent.debug_console", "`katanet exec --guest` instead of `kata-ctl exec`"),
        Same("dial_timeout", "agent.start_timeout_seconds"),
        None("dial_timeout_ms", "one attempt lasts until `agent.start_timeout_seconds` is over"),
        new("reconnect_timeout_ms", "`agent.start_timeout_seconds`", "rounded up to seconds, and not below our default: it counts from QEMU's start", Reconnect),
        Same("create_container_timeout", "agent.request_timeout_seconds"),
        new("request_timeout_ms", "`agent.request_timeout_seconds`", "rounded up to seconds", Milliseconds("agent.request_timeout_seconds")),
        new("health_check_request_timeout_ms", "`agent.health_timeout_seconds`", "rounded up to seconds", Milliseconds("agent.health_timeout_seconds")),
        None("cdh_api_timeout", NotHere),
        None("cdh_api_timeout_ms", NotHere),
        None("container_pipe_size", NotHere),
        None("server_port", "always 1024"),
        None("log_port", "the agent's log goes over the console"),
        None("passfd_listener_port", NotHere),
        None("policy", NotHere),
    ];

    /// <summary>Keys of <c>[runtime]</c>.</summary>
    public static IReadOnlyList<KataKey> Runtime { get; } =
    [
        Words("enable_debug", "runtime.log_level", "true is debug", ("true", "debug"), ("false", null)),
        Same("log_level", "runtime.log_level"),
        Words("internetworking_model", "network.model", "", ("tcfilter", "tcfilter"), ("macvtap", "macvtap"), ("none", "none")),
        Opposite("disable_guest_seccomp", "guest.seccomp"),
        Always("enable_vcpus_pinning", NotHere, "false"),
        Always("guest_selinux_label", "SELinux labels are taken out of what the guest gets", ""),
        Words("enable_tracing", "tracing.endpoint", "true is http://localhost:4318, a collector on the node", ("true", "http://localhost:4318"), ("false", null)),
        Always("jaeger_endpoint", NoTraces, ""),
        Always("jaeger_user", NoTraces, ""),
        Always("jaeger_password", NoTraces, ""),
        Always("disable_new_netns", "QEMU is always in the pod's network namespace", "false"),
        Always("sandbox_cgroup_only", "all processes of a pod are in the pod's cgroup", "true"),
        Always("static_sandbox_resource_mgmt", "a machine boots as big as the limits are then, and grows with them", "true", "false"),
        Same("sandbox_bind_mounts", "sharing.sandbox_bind_mounts"),
        Always("vfio_mode", "devices of the host are not passed through by VFIO", "guest-kernel"),
        Always("disable_guest_empty_dir", "an emptyDir on disk is always the host's folder, shared", "true"),
        Always("emptydir_mode", "an emptyDir on disk is always the host's folder, shared", "shared-fs"),
        Always("experimental", NotHere, ""),
        Always("enable_pprof", NotHere, "false"),
        Same("create_container_timeout", "agent.request_timeout_seconds"),
        None("dan_conf", NotHere),
        Always("kubelet_root_dir", "kubelet's volumes are recognised by the end of their paths, wherever its folder is", "/var/lib/kubelet"),
        Always("pod_resource_api_sock", NotHere, ""),
        Always("name", "there is one flavour", "virt_container"),
        Always("hypervisor_name", "always QEMU", "qemu"),
        Always("agent_name", "always Kata's protocol", "kata"),
        Always("keep_abnormal", NotHere, "false"),
        None("shared_mounts", NotHere),
        Always("use_passfd_io", NotHere, "false"),
    ];

    private static Func<KataValue, IReadOnlyList<OurSetting>?> Milliseconds(string ours) => value =>
        Seconds(value) is { } seconds ? [new(ours, KataValue.Of(seconds.ToString(CultureInfo.InvariantCulture)))] : null;

    private static IReadOnlyList<OurSetting>? Reconnect(KataValue value)
    {
        if (Seconds(value) is not { } seconds)
            return null;
        int least = new Options.AgentOptions().StartTimeoutSeconds;
        return seconds <= least ? [] : [new("agent.start_timeout_seconds", KataValue.Of(seconds.ToString(CultureInfo.InvariantCulture)))];
    }

    private static int? Seconds(KataValue value) =>
        int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds) ? (int)((milliseconds + 999L) / 1000) : null;

    // In the file a list; in an annotation one text with semicolons.
    private static IReadOnlyList<OurSetting> Modules(KataValue value) => [new("agent.kernel_modules", value.IsList
        ? value
        : new KataValue(value.Text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), IsList: true))];
}
