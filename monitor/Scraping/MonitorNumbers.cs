using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Prometheus;

namespace KataShimNet.Monitor.Scraping;

/// <summary>The monitor's own numbers.</summary>
internal sealed class MonitorNumbers
{
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();

    /// <summary>Makes them.</summary>
    public MonitorNumbers()
    {
        MetricFactory factory = Metrics.WithCustomRegistry(_registry);
        ScrapeSeconds = factory.CreateHistogram(
            "katanet_monitor_scrape_seconds", "How long it took to ask all sandboxes.",
            new HistogramConfiguration { Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });
        Sandboxes = factory.CreateGauge("katanet_monitor_sandboxes", "Sandboxes of the node at the last scrape: running, booting, dead.", "state");
        ScrapeErrors = factory.CreateCounter("katanet_monitor_scrape_errors_total", "Sandboxes that did not answer when they were asked, or not in time.");
        DotNetStats.Register(_registry);
    }

    /// <summary>How long a scrape took.</summary>
    public Histogram ScrapeSeconds { get; }

    /// <summary>How many sandboxes there are, by state.</summary>
    public Gauge Sandboxes { get; }

    /// <summary>How many did not answer.</summary>
    public Counter ScrapeErrors { get; }

    /// <summary>Writes them in Prometheus' text format.</summary>
    public Task WriteAsync(Stream stream, CancellationToken cancel) => _registry.CollectAndExportAsTextAsync(stream, cancel);
}
