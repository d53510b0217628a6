using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EdgeCnn.EdgeRuntime.Publishing;
using EdgeCnn.EdgeRuntime.Publishing.EdgeLink;
using EdgeCnn.EdgeRuntime.Publishing.Ports;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeCnn.EdgeRuntime.Tests.Publishing;

/// <summary>The sketches of the firmware folder, running in a process of their own, at the far end of a real link.</summary>
public sealed class SketchTests
{
    private const int Led = 13, PanServo = 9, TiltServo = 10, LeftPwm = 5, RightPwm = 6;

    [FirmwareFact]
    public void The_pan_tilt_head_turns_towards_the_target_and_holds_still_without_one()
    {
        using var board = new Board("PanTilt");
        using LinkPublisher link = board.Connect();
        board.Drive(
            link, () => board.Pin(Led) == 1 && board.Pin(PanServo) > 100 && board.Pin(TiltServo) > 92 && link.Status.Acknowledged > 10);
        board.Eventually(() => board.Pin(Led) == 0);
        (int pan, int tilt) = (board.Pin(PanServo), board.Pin(TiltServo));
        Thread.Sleep(200);
        Assert.Equal((pan, tilt), (board.Pin(PanServo), board.Pin(TiltServo)));
        Assert.Equal(0, link.Status.Errors);
    }

    [FirmwareFact]
    public void The_rover_drives_after_its_target_and_stops_when_the_host_dies()
    {
        using var board = new Board("FollowRover");
        LinkPublisher link = board.Connect();
        // The target is 12.5 degrees to the left and a metre too far: forward, the right wheel faster.
        board.Drive(link, () => board.Pin(RightPwm) > board.Pin(LeftPwm) && board.Pin(LeftPwm) > 50);
        link.Dispose();
        board.Eventually(() => board.Pin(LeftPwm) == 0 && board.Pin(RightPwm) == 0);
    }

    private sealed class Board : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
        private readonly PseudoTerminal _terminal = new();
        private readonly Process _process;
        private readonly ConcurrentDictionary<int, int> _pins = new();

        public Board(string sketch)
        {
            string program = Firmware.CompileSketch(Path.Combine(Firmware.Folder, "examples", sketch, sketch + ".ino"));
            _process = Process.Start(
                new ProcessStartInfo(program)
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
            Pump(() => _terminal.Near.CopyTo(_process.StandardInput.BaseStream));
            Pump(() => _process.StandardOutput.BaseStream.CopyTo(_terminal.Near));
            _process.ErrorDataReceived += (_, line) => Note(line.Data);
            _process.BeginErrorReadLine();
        }

        /// <summary>What the sketch last told a pin; 0 before.</summary>
        public int Pin(int pin) => _pins.GetValueOrDefault(pin);

        public LinkPublisher Connect()
        {
            var link = new LinkPublisher(
                new EdgeLinkProtocol(new LinkOptions(), TimeProvider.System), "sketch", () =>
                    LinkPort.Open(_terminal.FarName, 115200), TimeProvider.System, NullLogger.Instance);
            link.Start();
            return link;
        }

        public void Drive(LinkPublisher link, Func<bool> holds)
        {
            int frame = 0;
            Eventually(holds, () =>
            {
                link.Publish(Reports.Seen(TimeProvider.System, frame++));
                link.Beat(Reports.Running());
            });
        }

        public void Eventually(Func<bool> holds, Action? meanwhile = null)
        {
            var clock = Stopwatch.StartNew();
            while (!holds())
            {
                string pins = string.Join(", ", _pins.Select(pin => $"{pin.Key}={pin.Value}"));
                Assert.True(clock.Elapsed < Patience, $"still not after {clock.Elapsed.TotalSeconds:0} s; pins {pins}");
                meanwhile?.Invoke();
                Thread.Sleep(20);
            }
        }

        public void Dispose()
        {
            _terminal.Dispose();
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }

        private void Note(string? line)
        {
            if (line?.Split(' ') is ["pin", string pin, string level])
                _pins[int.Parse(pin, CultureInfo.InvariantCulture)] = int.Parse(level, CultureInfo.InvariantCulture);
        }

        private static void Pump(Action copy)
        {
            var pump = new Thread(() =>
            {
                try
                {
                    copy();
                }
                catch (Exception e) when (e is IOException or ObjectDisposedException)
                {
                    // One of the two was switched off.
                }
            });
            pump.IsBackground = true;
            pump.Start();
        }
    }
}
