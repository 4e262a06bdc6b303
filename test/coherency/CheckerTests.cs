using System;
using KataShimNet.CoherencyTests.Checking;
using KataShimNet.CoherencyTests.Histories;
using KataShimNet.Linux;
using Xunit;
using static KataShimNet.CoherencyTests.Checking.HistoryBuilder;

namespace KataShimNet.CoherencyTests;

/// <summary>Histories written by hand: right ones pass, and each wrong one is wrong in one place.</summary>
public sealed class CheckerTests
{
    private const uint Created = (uint)(OpenWays.Make | OpenWays.Writable);
    private const uint Appending = Created | (uint)OpenWays.AtEnd;

    private static readonly int s_mode = Mode("640");
    private static readonly int s_other = Mode("600");

    private static HistoryBuilder WithFile(uint ways = Created) => new HistoryBuilder().Call(0, Operation.Open, "a", argument: (uint)s_mode, argument2: ways);

    [Fact]
    public void Nothing_happens() => Right(new HistoryBuilder().Fails(0, Operation.Stat, "a", Errno.ENOENT).Call(1, Operation.List, "."));

    [Fact]
    public void Stat_after_chmod_sees_the_new_mode() => Right(WithFile().Call(1, Operation.Chmod, "a", argument: (uint)s_other)
        .Call(2, Operation.Stat, "a", stat: File(7, s_other)));

    [Fact]
    public void Stale_stat_after_chmod() => Wrong("mode", WithFile().Call(1, Operation.Chmod, "a", argument: (uint)s_other)
        .Call(2, Operation.Stat, "a", stat: File(7, s_mode)));

    [Fact]
    public void During_chmod_either_mode_is_right() => Right(WithFile().Begin(1, Operation.Chmod, "a", argument: (uint)s_other)
        .Call(2, Operation.Stat, "a", stat: File(7, s_mode)).Call(2, Operation.Stat, "a", stat: File(7, s_other)).End(1));

    [Fact]
    public void But_not_back_again() => Wrong("mode", WithFile().Begin(1, Operation.Chmod, "a", argument: (uint)s_other)
        .Call(2, Operation.Stat, "a", stat: File(7, s_other)).Call(2, Operation.Stat, "a", stat: File(7, s_mode)).End(1));

    [Fact]
    public void Time_moves_once_while_a_truncation_goes_on() => Right(WithFile()
        .Call(0, Operation.Write, ".", result: 8, argument2: 1, stamp: 1)
        .Call(1, Operation.Stat, "a", stat: File(7, s_mode, size: 8))
        .Begin(2, Operation.Truncate, "a")
        .Call(1, Operation.Stat, "a", stat: File(7, s_mode))
        .Call(1, Operation.Stat, "a", stat: File(7, s_mode))
        .Call(1, Operation.Stat, "a", stat: File(7, s_mode, mtime: 6, ctime: 6))
        .End(2));

    [Fact]
    public void Stale_stat_of_a_removed_name() => Wrong("ENOENT", WithFile().Call(1, Operation.Unlink, "a")
        .Call(2, Operation.Stat, "a", stat: File(7, s_mode)));

    [Fact]
    public void Stale_absence() => Wrong("succeed", WithFile().Fails(1, Operation.Stat, "a", Errno.ENOENT));

    [Fact]
    public void Stale_size_after_a_write() => Wrong("size 16", Written(2).Call(1, Operation.Stat, "a", stat: File(7, s_mode, size: 8)));

    [Fact]
    public void Stale_mtime_after_a_write_of_the_same_size() => Wrong("mtime", Written(2).Call(1, Operation.Stat, "a", stat: File(7, s_mode, size: 16))
        .Call(0, Operation.Write, ".", result: 8, argument2: 1, stamp: 3)
        .Call(1, Operation.Stat, "a", stat: File(7, s_mode, size: 16)));

    [Fact]
    public void Stale_link_count() => Wrong("2 links", WithFile().Call(1, Operation.Link, "a", "b").Call(2, Operation.Stat, "a", stat: File(7, s_mode)));

    [Fact]
    public void Two_names_of_a_file_are_the_same_inode() => Wrong("inode 7", WithFile().Call(1, Operation.Link, "a", "b")
        .Call(2, Operation.Stat, "a", stat: File(7, s_mode, links: 2))
        .Call(2, Operation.Stat, "b", stat: File(8, s_mode, links: 2)));

    [Fact]
    public void Two_files_are_not_the_same_inode() => Wrong("another file", WithFile().Call(1, Operation.Mkdir, "d", argument: (uint)s_mode)
        .Call(2, Operation.Stat, "a", stat: File(7, s_mode)).Call(2, Operation.Stat, "d", stat: Folder(7, s_mode)));

    [Fact]
    public void Number_of_a_file_that_is_gone_may_come_back() => Right(WithFile().Call(2, Operation.Stat, "a", stat: File(7, s_mode))
        .Call(0, Operation.Close, ".").Call(1, Operation.Unlink, "a").Call(1, Operation.Mkdir, "d", argument: (uint)s_mode)
        .Call(2, Operation.Stat, "d", stat: Folder(7, s_mode)));

    [Fact]
    public void But_not_while_it_is_open() => Wrong("another file", WithFile().Call(2, Operation.Stat, "a", stat: File(7, s_mode))
        .Call(1, Operation.Unlink, "a").Call(1, Operation.Mkdir, "d", argument: (uint)s_mode)
        .Call(2, Operation.Stat, "d", stat: Folder(7, s_mode)));

    [Fact]
    public void Rename_seen_half_the_old_name_stays() => Wrong("ENOENT", WithFile().Call(1, Operation.Rename, "a", "b")
        .Call(2, Operation.Stat, "b", stat: File(7, s_mode)).Call(2, Operation.Stat, "a", stat: File(7, s_mode)));

    [Fact]
    public void Rename_seen_half_while_it_goes_on() => Wrong("succeed", WithFile().Begin(1, Operation.Rename, "a", "b")
        .Fails(2, Operation.Stat, "a", Errno.ENOENT).Fails(2, Operation.Stat, "b", Errno.ENOENT).End(1));

    [Fact]
    public void Rename_over_a_file_leaves_no_moment_without_it() => Wrong("succeed", WithFile()
        .Call(1, Operation.Open, "b", argument: (uint)s_mode, argument2: Created)
        .Begin(1, Operation.Rename, "b", "a").Fails(2, Operation.Stat, "a", Errno.ENOENT).End(1));

    [Fact]
    public void Two_cannot_remove_one_name() => Wrong("ENOENT", WithFile().Begin(0, Operation.Unlink, "a").Begin(1, Operation.Unlink, "a").End(0).End(1));

    [Fact]
    public void Two_cannot_make_one_name_alone() => Wrong("EEXIST", new HistoryBuilder()
        .Begin(0, Operation.Open, "a", argument: (uint)s_mode, argument2: Created | (uint)OpenWays.Alone)
        .Begin(1, Operation.Open, "a", argument: (uint)s_mode, argument2: Created | (uint)OpenWays.Alone).End(0).End(1));

    [Fact]
    public void Two_appends_are_both_there_in_either_order() => Right(TwoAppends([20, 10]));

    [Fact]
    public void Lost_append() => Wrong("16 bytes", TwoAppends([20]));

    [Fact]
    public void Append_over_another() => Wrong("unit", TwoAppends([10, 10]));

    [Fact]
    public void Stale_read() => Wrong("unit 0", Written(1).Call(1, Operation.Open, "a")
        .Call(1, Operation.Read, ".", result: 8, argument2: 16, units: [1])
        .Call(0, Operation.Write, ".", result: 8, argument2: 1, stamp: 9)
        .Call(1, Operation.Read, ".", result: 8, argument2: 16, units: [1]));

    [Fact]
    public void Truncation_by_another_is_seen_through_an_open_file() => Wrong("0 bytes", Written(1).Call(1, Operation.Truncate, "a")
        .Call(0, Operation.Read, ".", result: 8, argument2: 16, units: [1]));

    [Fact]
    public void Stale_load() => Wrong("unit 0", Written(1).Call(1, Operation.Open, "a").Call(0, Operation.Store, ".", result: 8, argument2: 1, stamp: 9)
        .Call(1, Operation.Load, ".", result: 8, argument2: 1, units: [1]));

    [Fact]
    public void Between_the_fault_of_a_store_and_its_bytes_others_change_the_file() => Right(Written(1).Call(1, Operation.Open, "a")
        .Call(1, Operation.Fstat, ".", stat: File(7, s_mode, size: 8))
        .Begin(0, Operation.Store, ".", result: 8, argument2: 1, stamp: 9)
        .Call(1, Operation.Fstat, ".", stat: File(7, s_mode, size: 8, mtime: 6, ctime: 6))
        .Call(1, Operation.Fchmod, ".", argument: (uint)s_other)
        .Call(1, Operation.Fstat, ".", stat: File(7, s_other, size: 8, mtime: 6, ctime: 7))
        .Call(1, Operation.Read, ".", result: 8, argument2: 16, units: [1])
        .End(0)
        .Call(1, Operation.Read, ".", result: 8, argument2: 16, units: [9]));

    [Fact]
    public void Unlinked_file_stays_while_it_is_open() => Right(Written(1).Call(1, Operation.Unlink, "a")
        .Call(0, Operation.Fstat, ".", stat: File(7, s_mode, links: 0, size: 8))
        .Call(0, Operation.Read, ".", result: 8, argument2: 16, units: [1]));

    [Fact]
    public void Listing_without_a_name_that_is_there() => Wrong("all the time", WithFile().Call(1, Operation.List, "."));

    [Fact]
    public void Listing_with_a_name_that_was_removed() => Wrong("never", WithFile().Call(1, Operation.Unlink, "a")
        .Call(2, Operation.List, ".", names: [new ListedName(7, 1, ListedName.File)]));

    [Fact]
    public void Listing_may_miss_what_is_made_meanwhile() => Right(new HistoryBuilder().Begin(2, Operation.List, ".")
        .Call(0, Operation.Mkdir, "d").End(2));

    [Fact]
    public void Folder_that_is_not_empty_is_not_removed() => Wrong("ENOTEMPTY", new HistoryBuilder().Call(0, Operation.Mkdir, "d")
        .Call(1, Operation.Mkdir, "d/a").Call(2, Operation.Rmdir, "d"));

    [Fact]
    public void Folders_count_the_folders_in_them() => Wrong("3 links", new HistoryBuilder().Call(0, Operation.Mkdir, "d", argument: (uint)s_mode)
        .Call(1, Operation.Mkdir, "d/a").Call(2, Operation.Stat, "d", stat: Folder(7, s_mode)));

    [Fact]
    public void Folder_does_not_go_into_itself() => Right(new HistoryBuilder().Call(0, Operation.Mkdir, "d")
        .Fails(1, Operation.Rename, "d", Errno.EINVAL, "d/a"));

    [Fact]
    public void Exchange_swaps() => Right(WithFile().Call(1, Operation.Mkdir, "d", argument: (uint)s_other)
        .Call(2, Operation.Rename, "a", "d", argument: 2)
        .Call(1, Operation.Stat, "a", stat: Folder(8, s_other)).Call(1, Operation.Stat, "d", stat: File(7, s_mode)));

    // A guest's kernel looks the names of a rename up one after the other; the host's does not.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Guest_that_meets_the_renamed_file_twice_has_nothing_to_do(int guests, int violations) => Assert.Equal(violations, WithFile()
        .Begin(0, Operation.Rename, "a", "b").Call(1, Operation.Rename, "a", "b").End(0).Check(guests).Violations.Count);

    [Theory]
    [InlineData(1, "d", "e/a", 0)]
    [InlineData(0, "d", "e/a", 1)]
    // Within one folder nothing can be stale, and neither can a file.
    [InlineData(1, "d", "a", 1)]
    [InlineData(1, "b", "e/a", 1)]
    public void Guest_may_find_a_folder_that_was_moved_stale(int guests, string from, string to, int violations) => Assert.Equal(violations, new HistoryBuilder()
        .Call(1, Operation.Mkdir, "d").Call(1, Operation.Mkdir, "e").Call(1, Operation.Open, "b", argument2: Created)
        .Fails(0, Operation.Rename, from, Errno.ESTALE, to).Check(guests).Violations.Count);

    [Fact]
    public void Exchange_counts_the_folders_on_both_sides() => Right(WithFile().Call(1, Operation.Mkdir, "d", argument: (uint)s_mode)
        .Call(1, Operation.Mkdir, "d/b").Call(2, Operation.Rename, "a", "d/b", argument: 2)
        .Call(1, Operation.Stat, "d", stat: Folder(8, s_mode)).Call(1, Operation.Stat, ".", stat: Folder(9, s_mode, links: 4)));

    [Fact]
    public void What_follows_a_wrong_answer_is_checked() =>
        Assert.Equal(2, WithFile().Fails(1, Operation.Stat, "a", Errno.ENOENT).Fails(2, Operation.Stat, "a", Errno.ENOENT).Check().Violations.Count);

    // A file of some units, open in client 0's slot 0; the units are 1, 2 and so on.
    private static HistoryBuilder Written(uint units) =>
        WithFile().Call(0, Operation.Write, ".", result: (int)(units * 8), argument2: units, stamp: 1);

    private static HistoryBuilder TwoAppends(ulong[] found) => WithFile(Appending).Call(1, Operation.Open, "a", argument2: Appending)
        .Begin(0, Operation.Write, ".", result: 8, argument2: 1, stamp: 10).Begin(1, Operation.Write, ".", result: 8, argument2: 1, stamp: 20)
        .End(0).End(1)
        .Call(0, Operation.Read, ".", result: found.Length * 8, argument2: 16, units: found);

    private static void Right(HistoryBuilder history) => Assert.Empty(history.Check().Violations);

    private static void Wrong(string because, HistoryBuilder history)
    {
        var violation = Assert.Single(history.Check().Violations);
        Assert.Contains(violation.Reasons, reason => reason.Contains(because, StringComparison.Ordinal));
    }
}
