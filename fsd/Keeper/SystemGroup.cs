using System.Globalization;
using System.IO;
using KataShimNet.Linux;

namespace KataShimNet.Fsd.Keeper;

/// <summary>Groups of the machine, from /etc/group: a static program has no name service.</summary>
internal static class SystemGroup
{
    private const string Database = "/etc/group";

    /// <summary>The id of a group.</summary>
    /// <param name="group">Its name, or its number.</param>
    /// <exception cref="LinuxException">ENOENT: there is none by that name.</exception>
    public static uint Find(string group)
    {
        if (uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        // name:password:number:members
        foreach (var line in File.Exists(Database) ? File.ReadLines(Database) : [])
        {
            var fields = line.Split(':');
            if (fields.Length >= 3 && fields[0] == group && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out number))
                return number;
        }

        throw new LinuxException(Errno.ENOENT, "--socket-group", $"{group}: {Database} has no such group; a number is possible, too");
    }
}
