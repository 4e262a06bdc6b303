using System.Globalization;

namespace KataShimNet.RuntimeConfig;

/// <summary>One thing that is wrong in a settings file.</summary>
/// <param name="File">Path of the file, as it was given.</param>
/// <param name="Line">Line, from 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">Column, from 1; 0 when the file as a whole is meant.</param>
/// <param name="Key">The key with its section, as in <c>hypervisor.vcpus</c>; empty when no key is meant.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Do">What to do about it.</param>
public sealed record ConfigProblem(string File, int Line, int Column, string Key, string What, string Do)
{
    /// <summary>One line: <c>FILE:LINE:COLUMN: key: what is wrong; what to do</c>.</summary>
    public override string ToString()
    {
        string place = Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
        return Key.Length == 0 ? $"{place}: {What}; {Do}" : $"{place}: {Key}: {What}; {Do}";
    }
}
