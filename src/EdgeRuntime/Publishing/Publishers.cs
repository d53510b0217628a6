using EdgeCnn.EdgeRuntime.Publishing.Ascii;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;
using EdgeCnn.EdgeRuntime.Publishing.Json;
using EdgeCnn.EdgeRuntime.Publishing.Mavlink;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using EdgeCnn.EdgeRuntime.Publishing.Simulation;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Publishing;

/// <summary>Makes the publishers that the settings ask for.</summary>
public static class Publishers
{
    private const string VirtualPort = "virtual";

    /// <param name="link">The link to the robot.</param>
    /// <param name="output">Who else is told.</param>
    /// <param name="others">Publishers that are there already; they come last.</param>
    /// <param name="time">The clock that reports are stamped with.</param>
    /// <param name="log">Takes advice about ports.</param>
    /// <returns>Publishers that are not started yet.</returns>
    /// <exception cref="EdgeException">A setting can never work: says which and why.</exception>
    public static IReadOnlyList<IPublisher> Open(
        LinkOptions link, OutputOptions output, IReadOnlyList<IPublisher> others, TimeProvider time, ILogger log)
    {
        var publishers = new List<IPublisher>();
        if (!string.IsNullOrWhiteSpace(link.Port))
            publishers.Add(OpenLink(link, time, log));
        if (!string.IsNullOrWhiteSpace(output.Json))
            publishers.Add(JsonLinesPublisher.Open(output.Json, time));
        return [.. publishers, .. others];
    }

    private static LinkPublisher OpenLink(LinkOptions options, TimeProvider time, ILogger log)
    {
        LinkProtocol protocol = options.Protocol switch
        {
            "edgelink" => new EdgeLinkProtocol(options, time),
            "mavlink" => new MavlinkProtocol(options, time),
            "ascii" => new AsciiProtocol(options, time),
            _ => throw new LinkException($"Link:Protocol is '{options.Protocol}', but must be edgelink, mavlink or ascii."),
        };
        if (options.Port != VirtualPort)
        {
            return new(
                protocol, $"{protocol.Name} {options.Port} {options.Baud}", () => LinkPort.Open(options.Port, options.Baud), time, log);
        }
        if (protocol is not EdgeLinkProtocol)
            throw new LinkException($"Link:Port=virtual speaks EdgeLink only; Link:Protocol is '{options.Protocol}'.");
        var robot = new VirtualRobot(time);
        return new(protocol, $"{protocol.Name} to a virtual robot at {robot.PortName}", () => LinkPort.Open(robot.PortName, options.Baud),
            time, log)
        {
            Robot = robot,
        };
    }
}
