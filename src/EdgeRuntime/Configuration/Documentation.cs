using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace EdgeCnn.EdgeRuntime.Configuration;

/// <summary>The summaries of documentation comments, as the compiler writes them beside the program (edgecnn.xml).</summary>
internal sealed class Documentation
{
    private readonly Dictionary<string, string> _summaries = [];

    /// <exception cref="EdgeException">The file is not there: the program was copied without it.</exception>
    public static Documentation Load()
    {
        string path = Path.Join(AppContext.BaseDirectory, Path.ChangeExtension(typeof(Documentation).Assembly.GetName().Name, ".xml")!);
        Documentation documentation = new();
        try
        {
            foreach (XElement member in XDocument.Load(path).Descendants("member"))
            {
                if ((string?)member.Attribute("name") is { } name && member.Element("summary") is { } summary)
                    documentation._summaries[name] = Text(summary);
            }
        }
        catch (Exception e) when (e is IOException or XmlException or UnauthorizedAccessException)
        {
            throw new EdgeException($"The explanations of the settings cannot be read from {path}: build or install the program again.", e);
        }
        return documentation;
    }

    public string Of(PropertyInfo property) => _summaries.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    private static string Text(XElement summary)
    {
        StringBuilder text = new();
        foreach (XNode node in summary.DescendantNodes())
        {
            if (node is XText words) text.Append(words.Value);
            else if (node is XElement { Name.LocalName: "see" or "paramref" } reference)
                text.Append(reference.FirstAttribute?.Value.Split('.')[^1]);
        }
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
