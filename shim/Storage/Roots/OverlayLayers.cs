using System.Collections.Generic;
using System.Text;

namespace KataShimNet.Shim.Storage.Roots;

/// <summary>The folders of an overlay (Documentation/filesystems/overlayfs.rst).</summary>
/// <param name="Lower">Lower layers, uppermost first.</param>
/// <param name="Data">Layers that hold data only, after a double colon.</param>
/// <param name="Upper">Upper layer, or null for one that cannot be written.</param>
/// <param name="Work">Work folder; with an upper layer.</param>
internal sealed record OverlayLayers(IReadOnlyList<string> Lower, IReadOnlyList<string> Data, string? Upper, string? Work)
{
    /// <summary>Reads them from options; the other options are left for <paramref name="rest"/>.</summary>
    /// <exception cref="StorageException">There is no lower layer.</exception>
    public static OverlayLayers Parse(IReadOnlyList<(string Key, string? Value)> options, out List<(string Key, string? Value)> rest)
    {
        string? lower = null, upper = null, work = null;
        rest = [];
        foreach (var option in options)
        {
            switch (option.Key)
            {
                case "lowerdir":
                    lower = option.Value;
                    break;
                case "upperdir":
                    upper = option.Value;
                    break;
                case "workdir":
                    work = option.Value;
                    break;
                default:
                    rest.Add(option);
                    break;
            }
        }

        if (string.IsNullOrEmpty(lower))
            throw new StorageException("the overlay of the container's root has no lowerdir");
        var (layers, data) = Split(lower);
        return new OverlayLayers(layers, data, upper, work);
    }

    // A backslash takes the meaning off a colon or another backslash.
    private static (List<string> Lower, List<string> Data) Split(string value)
    {
        var lower = new List<string>();
        var data = new List<string>();
        var target = lower;
        var part = new StringBuilder();
        for (var i = 0; i <= value.Length; i++)
        {
            if (i < value.Length && value[i] != ':')
            {
                if (value[i] == '\\' && i + 1 < value.Length)
                    i++;
                part.Append(value[i]);
                continue;
            }

            if (part.Length > 0)
                target.Add(part.ToString());
            else if (i < value.Length)
                target = data;
            part.Clear();
        }

        return (lower, data);
    }
}
