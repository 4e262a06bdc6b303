using System;
using System.IO;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using KataShimNet.Fuzz;
using Xunit;

namespace KataShimNet.UnitTests.Fsd.Fuzz;

/// <summary>Replays the inputs that test/fuzz keeps: the seeds, and what fuzzing has found wrong.</summary>
public sealed class CorpusTests
{
    [Theory]
    [InlineData("fuse")]
    [InlineData("vhost-user")]
    public void Every_input_is_taken_calmly(string target)
    {
        var inputs = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus", target)).Select(File.ReadAllBytes).ToArray();
        Assert.NotEmpty(inputs);
        ExceptionDispatchInfo? failure = null;
        // On a thread of its own: a target makes umask and working directory its thread's.
        var thread = new Thread(() =>
        {
            try
            {
                using var subject = Program.Create(target, alone: false);
                foreach (var input in inputs)
                    subject.Run(input);
            }
#pragma warning disable CA1031
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
