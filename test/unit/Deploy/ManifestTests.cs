using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using k8s;
using k8s.Models;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KataShimNet.UnitTests.Deploy;

/// <summary>The manifests of deploy/kubernetes, read strictly by the .NET client's typed models: a key that Kubernetes does not know is an error.</summary>
public sealed class ManifestTests
{
    private const string Label = "katanet.io/runtime";

    private static string Folder => Repository.At("deploy/kubernetes");

    public static IEnumerable<TheoryDataRow<string>> Manifests =>
        Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "kustomization.yaml")
            .Select(file => new TheoryDataRow<string>(Path.GetRelativePath(Folder, file)));

    [Theory]
    [MemberData(nameof(Manifests))]
    public void EveryKeyIsKnown(string file)
    {
        List<object> objects = Read(file);
        Assert.NotEmpty(objects);
        Assert.All(objects, one => Assert.False(string.IsNullOrEmpty(((IKubernetesObject<V1ObjectMeta>)one).Metadata.Name)));
    }

    [Fact]
    public void AKeyThatDoesNotExistIsNoticed()
    {
        string text = File.ReadAllText(Path.Combine(Folder, "base/installer.yaml")).Replace("hostPID:", "hostPid:", StringComparison.Ordinal);
        Assert.ThrowsAny<YamlException>(() => KubernetesYaml.LoadAllFromString(text, strict: true));
    }

    [Theory]
    [InlineData("base")]
    [InlineData("uninstall")]
    public void TheKustomizationNamesFilesThatAreThereAndAllOfThem(string folder)
    {
        YamlStream stream = [];
        using StreamReader reader = File.OpenText(Path.Combine(Folder, folder, "kustomization.yaml"));
        stream.Load(reader);
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        string[] named = [.. ((YamlSequenceNode)root["resources"]).Select(node => ((YamlScalarNode)node).Value!)];
        // kustomize takes no file from outside the folder.
        Assert.Equal(Directory.EnumerateFiles(Path.Combine(Folder, folder)).Select(Path.GetFileName).Where(name => name != "kustomization.yaml").Order(), named.Order());
    }

    [Fact]
    public void WhatOneNamesTheOtherHas()
    {
        var runtimeClass = (V1RuntimeClass)Read("base/runtime-class.yaml").Single();
        var installer = (V1DaemonSet)Read("base/installer.yaml").Single();
        var pod = (V1Pod)Read("example-pod.yaml").Single();
        string script = File.ReadAllText(Path.Combine(Folder, "installer.sh"));

        Assert.Equal(runtimeClass.Metadata.Name, pod.Spec.RuntimeClassName);
        Assert.Contains($"label={Label}\n", script, StringComparison.Ordinal);
        Assert.Equal("true", runtimeClass.Scheduling.NodeSelector[Label]);
        Assert.Equal("katanet", runtimeClass.Handler);
        // Kubernetes refuses a DaemonSet whose pods its selector does not take.
        Assert.Equal(installer.Spec.Selector.MatchLabels, installer.Spec.Template.Metadata.Labels);
        Assert.Contains(Read("base/account.yaml").OfType<V1ServiceAccount>(), account => account.Metadata.Name == installer.Spec.Template.Spec.ServiceAccountName);
        Assert.True(runtimeClass.Overhead.PodFixed["memory"].ToDecimal() >= 256 << 20);
    }

    private static List<object> Read(string file) => KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(Folder, file)), strict: true);
}
