using System.Collections.Generic;
using KataShimNet.RuntimeConfig.Options;
using KataShimNet.Shim.Tracing;
using Xunit;

namespace KataShimNet.UnitTests.Shim.Tracing;

public sealed class TraceDestinationTests
{
    [Theory]
    [InlineData("http://localhost:4318", "localhost:4318/v1/traces")]
    [InlineData("http://[::1]:4318/", "::1:4318/v1/traces")]
    [InlineData("http://10.0.0.1/otlp", "10.0.0.1:80/otlp/v1/traces")]
    [InlineData("unix:///run/otel/otlp.sock", "/run/otel/otlp.sock")]
    public void ASettingSaysWhere(string endpoint, string expected) =>
        Assert.Equal(expected, Find(endpoint, [])?.ToString());

    [Fact]
    public void WithoutASettingTheEnvironmentCounts()
    {
        Assert.Null(Find("", []));
        Assert.Equal("a:4318/v1/traces", Find("", new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://a:4318" })?.ToString());
        Assert.Equal("b:1/x", Find("", new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://a:4318", ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://b:1/x" })?.ToString());
        Assert.Equal("/s", Find("unix:///s", new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://a:4318" })?.ToString());
        Assert.Null(Find("", new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://a:4318", ["OTEL_SDK_DISABLED"] = "true" }));
    }

    [Theory]
    [InlineData("https://a:4318", "http/protobuf")]
    [InlineData("a:4318", "http/protobuf")]
    [InlineData("not a url", "http/protobuf")]
    [InlineData("http://a:4317", "grpc")]
    public void WhatCannotBeSpokenIsSaid(string url, string protocol)
    {
        var environment = new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol };
        Assert.Null(TraceDestination.Find(new TracingOptions(), environment.GetValueOrDefault, out string? problem));
        Assert.Contains(protocol == "grpc" ? "only http/protobuf" : url, problem);
    }

    private static TraceDestination? Find(string endpoint, Dictionary<string, string> environment)
    {
        TraceDestination? found = TraceDestination.Find(new TracingOptions { Endpoint = endpoint }, environment.GetValueOrDefault, out string? problem);
        Assert.Null(problem);
        return found;
    }
}
