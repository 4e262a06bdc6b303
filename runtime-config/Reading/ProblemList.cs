using System.Collections.Generic;

namespace KataShimNet.RuntimeConfig.Reading;

/// <summary>Collects what is wrong while a file is read on.</summary>
internal sealed class ProblemList(string file)
{
    private readonly List<ConfigProblem> _problems = [];

    public void Add(YamlNode node, string key, string what, string todo) => Add(node.Line, node.Column, key, what, todo);

    public void Add(int line, int column, string key, string what, string todo) =>
        _problems.Add(new ConfigProblem(file, line, column, key, what, todo));

    /// <summary>What was collected, in the order of the file.</summary>
    public IReadOnlyList<ConfigProblem> Problems
    {
        get
        {
            _problems.Sort(static (a, b) => a.Line != b.Line ? a.Line.CompareTo(b.Line) : a.Column.CompareTo(b.Column));
            return _problems;
        }
    }
}
