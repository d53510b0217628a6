using System.Collections.Concurrent;
using EdgeCnn.EdgeRuntime.Operation;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Recording;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeCnn.EdgeRuntime.Tests.Recording;

/// <summary>The microcontroller's commands, in the running daemon.</summary>
public sealed class CommandedTests : IAsyncLifetime, IDisposable
{
    private readonly Recorded _recorded = new();
    private readonly Robot _robot = new();
    private readonly IHost _host;

    public CommandedTests()
    {
        _recorded.Options.Camera.Realtime = true;
        _host = Daemon.Build(_recorded.Options, [_robot], quiet: true);
    }

    private Recorder Recorder => _host.Services.GetRequiredService<CameraLoops>().First.Recorder;

    public Task InitializeAsync() => _host.StartAsync();

    public Task DisposeAsync() => _host.StopAsync();

    public void Dispose()
    {
        _host.Dispose();
        _recorded.Dispose();
    }

    [Fact]
    public void Command_4_begins_and_ends_a_recording_and_the_heartbeat_says_so()
    {
        Recorded.Until(() => _robot.Last is { State: SystemState.Running, Recording: false }, "a running daemon");

        _robot.Commands.Enqueue(new(RobotCommandKind.Record, 1));
        Recorded.Until(() => Recorder.State.Frames >= 3, "a recording");
        Recorded.Until(() => _robot.Last.Recording, "a heartbeat that tells of the recording");
        _robot.Commands.Enqueue(new(RobotCommandKind.Record, 0));
        Recorded.Ended(Recorder);
        Recorded.Until(() => !_robot.Last.Recording, "a heartbeat that tells of the recording's end");

        Assert.True(Recorded.Frames(Recorder.State.Folder!, out int damaged).Length >= 3);
        Assert.Equal(0, damaged);
    }

    [Fact]
    public void Command_2_takes_a_snapshot()
    {
        string snapshots = Path.Join(_recorded.Options.Record.Folder, "snapshots");

        _robot.Commands.Enqueue(new(RobotCommandKind.Snapshot, 0));

        Recorded.Until(() => Directory.Exists(snapshots) && Directory.GetFiles(snapshots, "*.json").Length == 1, "a snapshot");
        Assert.Single(Directory.GetFiles(snapshots, "*.jpg"));
    }

    private sealed class Robot : IPublisher
    {
        private Health _last;

        public ConcurrentQueue<RobotCommand> Commands { get; } = new();

        public Health Last
        {
            get
            {
                lock (Commands) return _last;
            }
        }

        public string Description => "robot";

        public LinkStatus Status => default;

        public LatencyHistogram CaptureToWire { get; } = new();

        public void Start() { }

        public void Publish(Report report) { }

        public void Beat(in Health health)
        {
            lock (Commands) _last = health;
        }

        public bool TryTakeCommand(out RobotCommand command) => Commands.TryDequeue(out command);

        public void Dispose() { }
    }
}
