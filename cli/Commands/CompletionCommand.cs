using System.CommandLine;
using System.IO;

namespace KataShimNet.Cli.Commands;

/// <summary><c>katanet completion</c>: a script that lets a shell complete words of katanet. The words themselves come from katanet.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # katanet completion bash > /etc/bash_completion.d/katanet
        _katanet()
        {
            local word="${COMP_WORDS[COMP_CWORD]}"
            mapfile -t COMPREPLY < <(compgen -W "$(katanet "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word")
        }
        complete -o default -F _katanet katanet

        """;

    private const string Zsh = """
        #compdef katanet
        # katanet completion zsh > "${fpath[1]}/_katanet"
        _katanet()
        {
            local words=("${(@f)$(katanet "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a words
        }
        compdef _katanet katanet

        """;

    public static Command Create(TextWriter output)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "print a script that lets a shell complete words of katanet") { shell };
        command.SetAction(result => output.Write(result.GetValue(shell) == "zsh" ? Zsh : Bash));
        return command;
    }
}
