using System.Linq;
using System.Threading.Tasks;
using KataShimNet.EndToEndTests.Commands;
using Xunit;

namespace KataShimNet.EndToEndTests.Sharing;

// git and make, which trust names, links, locks by O_EXCL and times.
public sealed partial class SharingTests
{
    private const int Commits = 3;
    private const string WhoCommits = "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; set -e; ";

    [Fact]
    public async Task Two_pods_commit_to_one_git_repository_while_it_is_packed()
    {
        string folder = pods.NewFolder();
        Party[] parties = pods.Of(Sharers.Pods);
        await ShellAsync(pods.First, folder, WhoCommits + """
            git init -q --bare -b main all.git
            git clone -q all.git seed 2>/dev/null
            cd seed
            for i in 1 2 3 4 5 6 7 8; do echo $i > seed$i; done
            git add .
            git commit -q -m seed
            git push -q origin HEAD:main
            """);
        // Who is second at a push takes over what the first one pushed, and tries again.
        await TogetherAsync(parties, party => ShellAsync(party, folder, WhoCommits + $$"""
            git clone -q all.git {{party}}
            cd {{party}}
            for i in $(seq {{Commits}}); do
                echo $i of {{party}} >> {{party}}.txt
                git add {{party}}.txt
                git commit -q -m "{{party}} $i"
                tries=0
                until git push -q origin HEAD:main 2>>errors; do
                    tries=$((tries + 1))
                    [ $tries -lt 50 ] || { cat errors >&2; exit 1; }
                    git pull -q --rebase origin main 2>>errors || true
                done
                [ $i != 2 ] || git --git-dir ../all.git gc -q
            done
            """));
        await TogetherAsync(parties, async party => (await ShellAsync(party, folder, WhoCommits + $"""
            cd {party}
            git pull -q --rebase origin main
            git fsck --full --strict --no-progress --no-dangling
            git --git-dir ../all.git fsck --full --strict --no-progress --no-dangling
            rm -f errors
            git status --porcelain
            git rev-list --count HEAD
            cat *.txt | wc -l
            """)).Prints($"{1 + (2 * Commits)}\n{2 * Commits}"));
    }

    [Fact]
    public async Task Two_pods_make_one_tree()
    {
        const int Files = 16;
        string folder = pods.NewFolder();
        await ShellAsync(pods.Host, folder, $$"""
            set -e
            for i in $(seq {{Files}}); do printf '#include "all.h"\nint f%d(void) { return %d; }\n' $i $i > f$i.c; echo "int f$i(void);" >> all.h; done
            { echo '#include <stdio.h>'; echo '#include "all.h"'; printf 'int main(void) { printf("%%d\\n", 0'; for i in $(seq {{Files}}); do printf ' + f%d()' $i; done; echo '); return 0; }'; } > main.c
            cat > Makefile <<'END'
            odd := $(patsubst %,f%.o,1 3 5 7 9 11 13 15)
            even := $(patsubst %,f%.o,2 4 6 8 10 12 14 16)
            all: main.o $(odd) $(even)
            	tcc -o $@ $^
            odd: $(odd)
            even: $(even)
            %.o: %.c all.h
            	tcc -c -o $@ $<
            .PHONY: odd even
            END
            """);
        CommandResult[] halves = await Task.WhenAll(ShellAsync(pods.First, folder, "make -j4 odd"), ShellAsync(pods.Other, folder, "make -j4 even"));
        Assert.Equal(Files, halves.Sum(half => Made(half).Length));
        // What one pod made is not made again by the other.
        Assert.Equal(["main.o", "all"], Made(await ShellAsync(pods.First, folder, "make -j4 all")));
        (await ShellAsync(pods.Other, folder, "make -q all && ./all")).Prints("136");
        await ShellAsync(pods.Other, folder, "sed -i 's/return 3/return 1003/' f3.c");
        Assert.Equal(["f3.o", "all"], Made(await ShellAsync(pods.First, folder, "make -j4 all")));
        (await ShellAsync(pods.Other, folder, "make -q all && ./all")).Prints("1136");

        static string[] Made(CommandResult result) =>
            [.. result.Text.Split('\n').Where(line => line.StartsWith("tcc ", System.StringComparison.Ordinal)).Select(line => line.Split("-o ")[1].Split(' ')[0])];
    }

    [Theory]
    [InlineData(Sharers.ContainersOfAPod)]
    [InlineData(Sharers.Pods)]
    [InlineData(Sharers.PodAndHost)]
    public async Task Lines_that_one_appends_another_reads_from_its_open_file(Sharers sharers)
    {
        string folder = pods.NewFolder();
        Party[] parties = pods.Of(sharers);
        await ShellAsync(pods.Host, folder, "echo 0 > lines");
        // Read(2) alone: nothing opens the file again or asks for its size.
        Task<CommandResult> reader = ShellAsync(parties[0], folder, """
            exec 3<lines
            n=0 tries=0
            while [ $n -le 100 ]; do
                if read line <&3; then
                    [ "$line" = $n ] || { echo "$line after $((n - 1))" >&2; exit 1; }
                    n=$((n + 1))
                else
                    tries=$((tries + 1))
                    [ $tries -lt 1000 ] || { echo "only $n lines" >&2; exit 1; }
                    sleep 0.02
                fi
            done
            """);
        await ShellAsync(parties[1], folder, "for i in $(seq 100); do echo $i >> lines; done");
        await reader;
    }

    private static Task<CommandResult> ShellAsync(Party party, string folder, string script) =>
        party.RunAsync("sh", "-c", $"cd {party.Path(folder)} && {{ {script}\n}}");
}
