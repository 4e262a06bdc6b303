using System.Linq;
using KataShimNet.Bench.Guests;

namespace KataShimNet.Bench.Reports;

/// <summary>The part of the report about fio in a guest.</summary>
internal static class GuestSection
{
    private const string Auto = "fsd auto";

    public static void Write(MarkdownText text, GuestResults guest)
    {
        string[] systems = [.. guest.Rows[0].Rates.Keys];
        text.Line($"\nfio in a guest ({guest.Accelerator}, kernel {guest.Kernel}, 2 processors), blocks of 4 KiB, files of {FioTest.FileMib} MiB, "
            + $"{MarkdownText.Number(guest.Seconds, "0.0")} s a run; libaio with O_DIRECT, 16 deep. Medians; 0: not possible (mmap needs a page cache).");
        text.Line("All systems are mounted at once, and each load meets them one after the other. `9p`: QEMU's own, msize 1 MiB, cache=none.");
        text.Table("Guest: MiB/s", ["load", .. systems], guest.Rows.Select(row => systems.Select(s => MarkdownText.Number(row.Rates[s].Median, "0.0")).Prepend(row.Test.Name).ToArray()));
        text.Table("Guest: ratios", ["load", "fsd none / 9p", "fsd auto / 9p", "fsd always / 9p", "fsd none / virtiofsd none", "fsd auto / virtiofsd auto"],
            guest.Rows.Select(row => new[]
            {
                row.Test.Name, Ratio(row, "fsd none", GuestSystem.NineP), Ratio(row, Auto, GuestSystem.NineP), Ratio(row, "fsd always", GuestSystem.NineP),
                Ratio(row, "fsd none", "virtiofsd none"), Ratio(row, Auto, "virtiofsd auto"),
            }));
    }

    private static string Ratio(GuestRow row, string ours, string theirs) => MarkdownText.Ratio(row.Ratio(ours, theirs));
}
