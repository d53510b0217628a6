using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;

namespace EdgeCnn.EndToEnd;

/// <summary>The debugging page in a real browser, over a real daemon. EDGECNN_SCREENSHOTS names a folder for pictures of it.</summary>
public sealed class PageTests : IDisposable
{
    private readonly Workspace _workspace = new();
    private readonly string? _screenshots = Environment.GetEnvironmentVariable("EDGECNN_SCREENSHOTS");

    public void Dispose() => _workspace.Dispose();

    [BrowserFact]
    public async Task One_sees_boxes_move_changes_the_confidence_swaps_the_model_and_takes_a_snapshot()
    {
        OnnxModel.Write(PatternNetwork.Build(), _workspace["pattern.onnx"]);
        _workspace.ColourModel();
        using RunningDaemon daemon = new(
            "--Camera:Source=pattern", $"--Model:Path={_workspace["pattern.onnx"]}", "--Debug:Url=http://127.0.0.1:0",
            "--Link:Port=virtual",
            $"--Record:Folder={_workspace.Folder("recordings")}");
        await using Browser browser = await OpenAsync(daemon);

        await browser.UntilAsync("document.querySelector('#live').naturalWidth > 0 && document.querySelector('#curtain').hidden");
        await browser.UntilAsync("document.querySelectorAll('#objects li[data-box]').length > 0");
        string before = (await browser.EvaluateAsync("document.querySelector('#objects li').dataset.box")).GetString()!;
        await browser.UntilAsync(
            $"document.querySelector('#objects li[data-box]') && document.querySelector('#objects li').dataset.box !== '{before}'");
        await browser.UntilAsync("document.querySelector('#target b') !== null");
        await browser.UntilAsync("Number(document.querySelector('#fps').textContent) > 0 && document.querySelector('#links').textContent.includes('acknowledged')");

        await MoveAsync(browser, "Model:Confidence", "1");
        await browser.UntilAsync("document.querySelector('#count').textContent.startsWith('0 detections')");
        await MoveAsync(browser, "Model:Confidence", "0.2");
        await browser.UntilAsync("!document.querySelector('#count').textContent.startsWith('0 detections')");

        await ChooseAsync(browser, "Model:Path", "colour.onnx");
        await browser.UntilAsync("document.querySelector('#count').textContent === 'likeliest classes' && document.querySelector('#model').textContent.includes('classify')");
        await ChooseAsync(browser, "Model:Path", "pattern.onnx");
        await browser.UntilAsync("document.querySelector('#target b') !== null");

        await browser.EvaluateAsync("document.querySelector('#snapshot').click()");
        await browser.UntilAsync("document.querySelector('#toasts').textContent.includes('.jpg')");

        Assert.NotEmpty(Directory.GetFiles(_workspace["recordings/snapshots"], "*.jpg"));
        if (_screenshots is not null)
        {
            await browser.ScreenshotAsync(Path.Join(_screenshots, "desktop.png"), whole: true);
            await browser.LookAsync(1440, 900, dark: false);
            await browser.ScreenshotAsync(Path.Join(_screenshots, "desktop-light.png"), whole: true);
            await browser.LookAsync(390, 844, dark: false, phone: true);
            await browser.ScreenshotAsync(Path.Join(_screenshots, "phone.png"));
            await browser.LookAsync(390, 844, dark: true, phone: true);
            await browser.ScreenshotAsync(Path.Join(_screenshots, "phone-dark.png"), whole: true);
        }
        Assert.Empty(browser.Complaints);
        Assert.False(daemon.HasExited, daemon.Log.ToString());
    }

    [BrowserFact]
    public async Task One_chooses_among_several_cameras_and_each_shows_its_own()
    {
        OnnxModel.Write(PatternNetwork.Build(), _workspace["pattern.onnx"]);
        using RunningDaemon daemon = new("--config", _workspace.Text("robot.json", $$"""
            {
              "Debug": { "Url": "http://127.0.0.1:0" }, "Link": { "Port": "virtual" },
              "Cameras": {
                "front": { "Camera": { "Source": "synthetic:1" }, "Model": { "Path": "arena.int8" } },
                "rear": { "Camera": { "Source": "pattern" }, "Model": { "Path": "{{_workspace["pattern.onnx"]}}" } }
              }
            }
            """));
        await using Browser browser = await OpenAsync(daemon);

        await browser.UntilAsync("document.querySelector('#cameras').value === 'front'");
        await browser.UntilAsync("document.querySelector('#model').textContent.includes('arena.int8')");
        await browser.UntilAsync("!document.querySelector('#controls').inert");
        await browser.UntilAsync("document.querySelector('#models').value === 'arena.int8.onnx'");
        await PictureAsync("cameras");
        await browser.EvaluateAsync(
            "(() => { const list = document.querySelector('#cameras'); list.value = 'rear'; list.dispatchEvent(new Event('change')); })()");
        await browser.UntilAsync("location.search === '?camera=rear'");
        await browser.UntilAsync("document.querySelector('#model')?.textContent.includes('pattern.onnx')");
        await browser.UntilAsync("document.querySelector('#cameras').value === 'rear'");
        await MoveAsync(browser, "Model:Confidence", "1");
        await browser.UntilAsync("document.querySelector('#count').textContent.startsWith('0 detections')");
        await browser.EvaluateAsync("document.querySelector('[data-reset=\"Model:Confidence\"]').click()");
        await browser.UntilAsync("document.querySelectorAll('#objects li[data-box]').length > 0");
        await PictureAsync("cameras-rear");
        await browser.LookAsync(390, 844, dark: false, phone: true);
        await PictureAsync("cameras-phone");
        await browser.OpenAsync(AddressOf(daemon) + "/?camera=left");
        await browser.UntilAsync("document.querySelector('#curtain')?.textContent.includes('There is no camera of that name')");

        async Task PictureAsync(string name)
        {
            await browser.UntilAsync("document.querySelector('#live').naturalWidth > 0 && document.querySelector('#curtain').hidden");
            if (_screenshots is not null) await browser.ScreenshotAsync(Path.Join(_screenshots, name + ".png"));
        }
    }

    [BrowserFact]
    public async Task A_daemon_that_goes_away_and_comes_back_is_found_again_by_the_page()
    {
        OnnxModel.Write(PatternNetwork.Build(), _workspace["pattern.onnx"]);
        string[] settings = ["--Camera:Source=pattern", $"--Model:Path={_workspace["pattern.onnx"]}"];
        RunningDaemon daemon = new([.. settings, "--Debug:Url=http://127.0.0.1:0"]);
        await using Browser browser = await OpenAsync(daemon);
        string url = AddressOf(daemon);
        await browser.UntilAsync("document.querySelector('#state').textContent === 'running'");

        daemon.Dispose();
        await browser.UntilAsync("document.querySelector('#state').textContent === 'no connection'");
        using RunningDaemon again = new([.. settings, $"--Debug:Url={url}"]);

        await browser.UntilAsync(
            "document.querySelector('#state').textContent === 'running' && document.querySelector('#live').naturalWidth > 0");
    }

    [Fact]
    public void Without_an_address_nothing_of_the_page_is_even_loaded()
    {
        OnnxModel.Write(PatternNetwork.Build(), _workspace["pattern.onnx"]);
        using RunningDaemon daemon = new("--Camera:Source=pattern", $"--Model:Path={_workspace["pattern.onnx"]}", "--Output:Json=-");
        daemon.Output.WaitFor("\"state\":\"running\"");

        string loaded = File.ReadAllText($"/proc/{daemon.Id}/maps");

        Assert.Contains("EdgeCnn.Engine.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("Kestrel", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("OpenTelemetry", loaded, StringComparison.Ordinal);
    }

    private static async Task<Browser> OpenAsync(RunningDaemon daemon)
    {
        string url = AddressOf(daemon);
        Browser browser = await Browser.StartAsync();
        await browser.LookAsync(1440, 900, dark: true);
        await browser.OpenAsync(url);
        await browser.UntilAsync("document.querySelector('#state')");
        return browser;
    }

    private static string AddressOf(RunningDaemon daemon)
    {
        const string Said = "The debugging page is at ";
        int line = daemon.Log.WaitFor(Said);
        string text = daemon.Log.All[line - 1];
        return text[(text.IndexOf(Said, StringComparison.Ordinal) + Said.Length)..].TrimEnd('.');
    }

    private static async Task MoveAsync(Browser browser, string setting, string value)
    {
        await browser.UntilAsync("!document.querySelector('#controls').inert");
        await browser.EvaluateAsync(
            $"(() => {{ const field = document.querySelector('[data-setting=\"{setting}\"]'); field.value = '{value}'; "
            + "field.dispatchEvent(new Event('input', { bubbles: true })); })()");
    }

    private static async Task ChooseAsync(Browser browser, string setting, string value)
    {
        string field = $"document.querySelector('[data-setting=\"{setting}\"]')";
        await browser.UntilAsync($"[...{field}.options].some(option => option.value === '{value}')");
        await browser.EvaluateAsync($"{field}.value = '{value}'; {field}.dispatchEvent(new Event('change', {{ bubbles: true }}))");
    }
}
