using System.Text;

namespace KataShimNet.Shim.Qemu;

/// <summary>A value of the form <c>driver,key=value,…</c>. In a value a comma is written twice (qemu(1)).</summary>
internal readonly struct QemuProperties
{
    private readonly StringBuilder _text;

    /// <summary>Starts with the word that has no key.</summary>
    public QemuProperties(string driver) => _text = new StringBuilder(Escape(driver));

    /// <summary>Adds a property.</summary>
    public QemuProperties With(string key, object value)
    {
        _text.Append(',').Append(key).Append('=').Append(Escape(System.Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!));
        return this;
    }

    /// <summary>Adds a property that is on or off.</summary>
    public QemuProperties With(string key, bool on) => With(key, on ? "on" : "off");

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Escape(string value) => value.Replace(",", ",,", System.StringComparison.Ordinal);
}
