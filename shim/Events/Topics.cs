using System;

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

    /// <summary>TaskOOM.</summary>
    public const string Oom = "/tasks/oom";

    /// <summary>TaskPaused.</summary>
    public const string Paused = "/tasks/paused";

    /// <summary>TaskResumed.</summary>
    public const string Resumed = "/tasks/resumed";

    /// <summary>Full name of the message of a topic. Not asked of the message itself: that loads every descriptor of its file.</summary>
    /// <param name="topic">One of the topics above.</param>
    public static string MessageName(string topic) => topic switch
    {
        Create => "containerd.events.TaskCreate",
        Start => "containerd.events.TaskStart",
        Exit => "containerd.events.TaskExit",
        Delete => "containerd.events.TaskDelete",
        ExecAdded => "containerd.events.TaskExecAdded",
        ExecStarted => "containerd.events.TaskExecStarted",
        Oom => "containerd.events.TaskOOM",
        Paused => "containerd.events.TaskPaused",
        Resumed => "containerd.events.TaskResumed",
        _ => throw new ArgumentOutOfRangeException(nameof(topic), topic, "no topic of a task"),
    };
}
