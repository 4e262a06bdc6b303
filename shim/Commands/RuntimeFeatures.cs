using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace KataShimNet.Shim.Commands;

/// <summary>What of the OCI runtime specification this runtime understands (features.md), for containerd and whoever asks it.</summary>
internal static class RuntimeFeatures
{
    // containerd, core/runtime/typeurl.go.
    private const string TypeUrl = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";

    // createContainer hooks are left out; ids are not mapped; LSM labels are the host's, and its cgroups of version 1 are nothing to a guest.
    private const string Json = """
        {"ociVersionMin":"1.0.0","ociVersionMax":"1.2.0",
         "hooks":["prestart","createRuntime","startContainer","poststart","poststop"],
         "mountOptions":["async","atime","bind","defaults","dev","diratime","dirsync","exec","iversion","lazytime","loud","noatime","nodev","nodiratime","noexec","noiversion","nolazytime","norelatime","nostrictatime","nosuid","nosymfollow","private","ratime","rbind","rdev","relatime","remount","rexec","rnoatime","rnodev","rnoexec","rnosuid","ro","rprivate","rro","rrw","rshared","rslave","rsuid","runbindable","rw","shared","silent","slave","strictatime","suid","symfollow","sync","tmpcopyup","unbindable"],
         "linux":{"namespaces":["cgroup","ipc","mount","network","pid","uts"],
          "cgroup":{"v1":false,"v2":true,"systemd":false,"systemdUser":false},
          "seccomp":{"enabled":true},"apparmor":{"enabled":false},"selinux":{"enabled":false},"intelRdt":{"enabled":false},
          "mountExtensions":{"idmap":{"enabled":false}}}}
        """;

    /// <summary>The features as containerd takes them: JSON with the type's address.</summary>
    public static Any Packed => new() { TypeUrl = TypeUrl, Value = ByteString.CopyFromUtf8(Json) };
}
