using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using KataShimNet.Monitor.Scraping;
using KataShimNet.Sandboxes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KataShimNet.Monitor.Serving;

/// <summary>What is served over HTTP.</summary>
/// <param name="scraper">Asks the sandboxes.</param>
/// <param name="sandboxes">The sandboxes.</param>
internal sealed class HttpPages(Scraper scraper, SandboxList sandboxes)
{
    private const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Adds the pages.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/metrics", new RequestDelegate(MetricsAsync));
        routes.MapGet("/sandboxes", new RequestDelegate(SandboxesAsync));
        routes.MapGet("/healthz", new RequestDelegate(static context => context.Response.WriteAsync("ok\n")));
    }

    private async Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = MetricsType;
        await scraper.WriteAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }

    private Task SandboxesAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize([.. sandboxes.All()], SandboxJson.Default.SandboxEntryArray) + "\n", Encoding.UTF8);
    }
}
