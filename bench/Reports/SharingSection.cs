using System.Collections.Generic;
using System.Linq;
using KataShimNet.Bench.Guests;
using KataShimNet.Bench.Sharing;
using KataShimNet.Bench.Starts;

namespace KataShimNet.Bench.Reports;

/// <summary>The part of the report about volumes that several pods use.</summary>
internal static class SharingSection
{
    public static void Write(MarkdownText text, SharingResults sharing)
    {
        if (sharing.Inside is not null)
        {
            Fio(text, sharing.Inside,
                [(SharingSystems.Dax, GuestSystem.NineP), (SharingSystems.Dax, SharingSystems.NinePMapped), (SharingSystems.Dax, SharingSystems.VirtiofsdAuto),
                 (SharingSystems.Dax, SharingSystems.Shared), (SharingSystems.Shared, SharingSystems.Private), (SharingSystems.Shared, SharingSystems.VirtiofsdNone)]);
        }
        if (sharing.Beyond is not null)
            Fio(text, sharing.Beyond, [(SharingSystems.Dax, SharingSystems.Shared), (SharingSystems.Dax, SharingSystems.Private)]);
        if (sharing.Window is not null)
            Window(text, sharing.Window);
        if (sharing.Calls is not null)
            Calls(text, "Sharing: single calls", sharing.Calls);
        if (sharing.Devices is not null)
        {
            Calls(text, "Sharing: the two devices, single calls", sharing.Devices.Calls);
            Rates(text, "Sharing: the two devices, MiB/s", sharing.Devices.Rates, [(DeviceCosts.Intx, DeviceCosts.Msi)]);
        }
        if (sharing.Table is { } table)
        {
            text.Table("Sharing: the node's table, without leases", ["operation", "with (us)", "without (us)", "processor time with (us)", "without", "ratio of rates"],
                table.Rows.Select(row => new[]
                {
                    row.Name, Number(row.Ours.MedianMicroseconds), Number(row.Theirs.MedianMicroseconds), Processor(row.Ours.ProcessorNanoseconds),
                    Processor(row.Theirs.ProcessorNanoseconds), MarkdownText.Ratio(row.RateRatio.Median),
                }));
        }
    }

    private static void Fio(MarkdownText text, FioComparison fio, (string Ours, string Theirs)[] ratios)
    {
        Rates(text, $"Sharing: {fio.Name}, MiB/s", fio.Rows, ratios);
        text.Line($"\n{fio.DataMib} MiB of data, a window of {SharingSystems.WindowMib} MiB, {MarkdownText.Number(fio.Seconds, "0.0")} s a run; each begins with a new mount. "
            + "libaio with O_DIRECT, 16 deep; 0: not possible. fsd shared: no pages but mapped ones; fsd private: everything kept.");
    }

    private static void Rates(MarkdownText text, string title, IReadOnlyList<GuestRow> rows, (string Ours, string Theirs)[] ratios)
    {
        string[] systems = [.. rows[0].Rates.Keys];
        text.Table(title, ["load", .. systems, .. ratios.Select(ratio => $"{ratio.Ours} / {ratio.Theirs}")], rows.Select(row => new[] { row.Test.Name }
            .Concat(systems.Select(system => Number(row.Rates[system]))).Concat(ratios.Select(ratio => MarkdownText.Ratio(row.Ratio(ratio.Ours, ratio.Theirs)))).ToArray()));
    }

    private static void Window(MarkdownText text, WindowCosts window)
    {
        text.Table("Sharing: first store into a range of 2 MiB", ["ranges mapped", "ms", "least - greatest"],
            window.Touches.Live.Select(live => Touch($"{live.Key}", live.Value)).Append(Touch("full: one goes for each that comes", window.Touches.Steady)));
        text.Table($"Sharing: what the guest keeps of {window.ReadMib} MiB", ["share", "way", "Cached (MiB)"],
            window.Kept.Select(kept => new[] { kept.Share, kept.Way, MarkdownText.Number(kept.CachedMib, "0.0") }));
    }

    private static string[] Touch(string live, Series milliseconds) =>
        [live, MarkdownText.Number(milliseconds.Median, "0.00"), $"{MarkdownText.Number(milliseconds.Min, "0.00")} - {MarkdownText.Number(milliseconds.Max, "0.00")}"];

    private static void Calls(MarkdownText text, string title, IReadOnlyList<CallTimes> calls) =>
        text.Table($"{title}, us", ["on", .. CallTimes.Calls], calls.Select(row => CallTimes.Calls.Select(call => Number(row.Microseconds[call])).Prepend(row.Name).ToArray()));

    private static string Number(Series series) => MarkdownText.Number(series.Median, "0.0");

    private static string Processor(Series nanoseconds) => MarkdownText.Number(nanoseconds.Median / 1000, "0.00");
}
