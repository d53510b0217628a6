using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Publishing;
using Microsoft.Extensions.Logging;

namespace EdgeCnn.EdgeRuntime.Operation;

/// <summary>Writes a line when the camera, a link or the whole system changes its state, and none while it stays as it is.</summary>
internal sealed class StateLog(ILogger log)
{
    private readonly Dictionary<IPublisher, LinkState> _links = [];
    private bool _dark;
    private CameraState _camera = CameraState.Starting;
    private SystemState _system = SystemState.Starting;

    public void Camera(CameraStatus status)
    {
        if (status.State == _camera) return;
        _camera = status.State;
        if (status.State == CameraState.Lost) log.LogWarning("Camera lost: {Detail}", status.Detail);
        else log.LogInformation("Camera {State}. {Detail}", status.State, status.Detail);
    }

    public void Darkness(bool dark)
    {
        if (dark == _dark) return;
        _dark = dark;
        if (dark) log.LogWarning("The camera delivers black pictures: look for a lens cap, light, and an exposure or gain of nothing.");
        else log.LogInformation("The camera's pictures are no longer black.");
    }

    public void System(SystemState state)
    {
        if (state == _system) return;
        _system = state;
        LogLevel level = state is SystemState.Stale or SystemState.CameraLost or SystemState.Degraded or SystemState.Fault
            ? LogLevel.Warning
            : LogLevel.Information;
        log.Log(level, "The system is {State}.", state);
    }

    public void Link(IPublisher publisher)
    {
        LinkStatus status = publisher.Status;
        if (_links.TryGetValue(publisher, out LinkState before) && before == status.State) return;
        _links[publisher] = status.State;
        if (status.State == LinkState.Lost) log.LogWarning("{Link} lost: {Detail}", publisher.Description, status.Detail);
        else log.LogInformation("{Link} {State}. {Detail}", publisher.Description, status.State, status.Detail);
    }
}
