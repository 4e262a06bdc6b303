namespace KataShimNet.CoherencyTests.Histories;

/// <summary>A path of one or two names out of a to e, in the byte that the worker writes: folder times 8 plus name.</summary>
/// <param name="Code">0 is the folder of the run itself.</param>
internal readonly record struct NamePath(byte Code)
{
    /// <summary>How many names there are; they are numbered from 1.</summary>
    public const int Names = 5;

    /// <summary>The folder in which the name is; 0 for that of the run.</summary>
    public int Folder => Code / 8;

    /// <summary>The name; 0 for the folder of the run itself.</summary>
    public int Name => Code % 8;

    /// <summary>Reads <c>a</c>, <c>d/a</c> or <c>.</c>.</summary>
    public static NamePath Of(string text) => text == "." ? new(0)
        : text.Length == 1 ? new((byte)Number(text[0]))
        : new((byte)((Number(text[0]) * 8) + Number(text[2])));

    /// <summary>A name as text.</summary>
    public static char Letter(int name) => (char)('a' + name - 1);

    public override string ToString() => Code == 0 ? "." : Folder == 0 ? $"{Letter(Name)}" : $"{Letter(Folder)}/{Letter(Name)}";

    private static int Number(char letter) => letter - 'a' + 1;
}
