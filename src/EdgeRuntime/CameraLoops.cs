namespace EdgeCnn.EdgeRuntime;

/// <summary>All cameras of the daemon, in the order of the configuration; one at least.</summary>
public sealed class CameraLoops(IReadOnlyList<CameraLoop> all) : IDisposable
{
    public IReadOnlyList<CameraLoop> All => all;

    public CameraLoop First => all[0];

    /// <summary>The camera of a name, whatever its capitals; null: there is none.</summary>
    public CameraLoop? Find(string name) => all.FirstOrDefault(loop => loop.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public void Dispose()
    {
        foreach (CameraLoop loop in all) loop.Dispose();
    }
}
