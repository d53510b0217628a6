using System.ComponentModel.DataAnnotations;

namespace EdgeCnn.EdgeRuntime.Recording;

/// <summary>Settings "Record:*": what is kept of what the camera saw.</summary>
public sealed class RecordOptions
{
    private string? _camera;

    /// <summary>
    /// Whether recording begins with the daemon; otherwise the microcontroller's command or the debugging page begins it.
    /// </summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// The folder of the recordings and snapshots. Empty: "recordings" in the service's state directory, which systemd names, or else in
    /// the working directory. Each of several cameras has a folder in it that bears its name.
    /// </summary>
    public string Folder { get; set; } = "";

    /// <summary>The most pictures per second that are recorded; 0: every picture that goes through the network.</summary>
    [Range(0.0, 1000.0, ErrorMessage = "0 to 1000 pictures per second")]
    public double Fps { get; set; } = 10;

    /// <summary>Quality of the JPEG pictures, 1 to 100.</summary>
    [Range(1, 100, ErrorMessage = "1 to 100")]
    public int Quality { get; set; } = 90;

    /// <summary>What all recordings of a camera together may take, in megabytes; the oldest are deleted for new ones.</summary>
    [Range(10, 100_000_000, ErrorMessage = "10 to 100000000 megabytes")]
    public int MaxMegabytes { get; set; } = 4000;

    /// <summary>Recordings older than so many days are deleted; 0: none for its age.</summary>
    [Range(0, 36_500, ErrorMessage = "0 to 36500 days")]
    public int MaxDays { get; set; }

    /// <summary>
    /// Space that is left to others: with less free on the disk the oldest recordings are deleted, and without any the recording stops.
    /// </summary>
    [Range(0, 100_000_000, ErrorMessage = "0 to 100000000 megabytes")]
    public int MinFreeMegabytes { get; set; } = 500;

    /// <summary>A recording goes on in a new folder after so many minutes, so that the oldest part of it can be deleted.</summary>
    [Range(1, 1440, ErrorMessage = "1 to 1440 minutes")]
    public int PartMinutes { get; set; } = 10;

    /// <summary>How many snapshots are kept; the oldest are deleted.</summary>
    [Range(1, 1_000_000, ErrorMessage = "1 to 1000000 snapshots")]
    public int MaxSnapshots { get; set; } = 1000;

    /// <summary>The same for one of several cameras: in a folder of its own, under theirs.</summary>
    internal RecordOptions In(string camera)
    {
        RecordOptions copy = (RecordOptions)MemberwiseClone();
        copy._camera = camera;
        return copy;
    }

    /// <summary>The folder that is meant when none is set; of one of several cameras, its own in it.</summary>
    internal string FolderInUse
    {
        get
        {
            if (Folder.Length > 0) return Path.Join(Folder, _camera);
            // systemd names several directories with colons between; the first is the service's own.
            string state = (Environment.GetEnvironmentVariable("STATE_DIRECTORY") ?? "").Split(':')[0];
            return Path.Join(state.Length > 0 ? state : ".", "recordings", _camera);
        }
    }
}
