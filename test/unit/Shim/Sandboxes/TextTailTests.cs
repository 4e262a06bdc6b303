using System.Collections.Generic;
using System.Text;
using KataShimNet.Shim.Sandboxes.Children;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Sandboxes;

public sealed class TextTailTests
{
    [Fact]
    public void LinesAreReportedWholeAndTheLastAreKept()
    {
        var lines = new List<string>();
        var tail = new TextTail(10, lines.Add);
        foreach (var b in Encoding.UTF8.GetBytes("one\r\nzwölf\n\ndrei\nunfinished \u001b[31mred"))
            tail.Append([b]);
        Assert.Equal(["one", "zwölf", "drei"], lines);
        Assert.Equal(["zwölf", "drei", "unfinished [31mred"], tail.Lines());
    }

    [Fact]
    public void ALineWithoutEndIsCut()
    {
        var lines = new List<string>();
        new TextTail(100, lines.Add).Append(Encoding.UTF8.GetBytes(new string('x', 5000)));
        Assert.Single(lines);
        Assert.Equal(4096, lines[0].Length);
    }
}
