namespace KataShimNet.Shim.Events;

/// <summary>Topics of containerd's events about tasks.</summary>
internal static class Topics
{
    /// <summary>TaskCreate.</summary>
    public const string Create = "/tasks/create";

    /// <summary>TaskStart.</summary>
    public const string Start = "/tasks/start";

    /// <summary>TaskExit.</summary>
    public const string Exit = "/tasks/exit";

    /// <summary>TaskDelete.</summary>
    public const string Delete = "/tasks/delete";

    /// <summary>TaskExecAdded.</summary>
    public const string ExecAdded = "/tasks/exec-added";

    /// <summary>TaskExecStarted.</summary>
    public const string ExecStarted = "/tasks/exec-started";
}
