using EdgeCnn.Models.Onnx;
using EdgeCnn.Tests;
using OpenQA.Selenium;

namespace EdgeCnn.EndToEnd;

/// <summary>The debugging page in a real browser, over a real daemon. EDGECNN_SCREENSHOTS names a folder for pictures of it.</summary>
public sealed class PageTests : IDisposable
{
    private readonly Workspace _workspace = new();
    private readonly string? _screenshots = Environment.GetEnvironmentVariable("EDGECNN_SCREENSHOTS");

    public void Dispose() => _workspace.Dispose();

    [BrowserFact]
    public void One_sees_boxes_move_changes_the_confidence_swaps_the_model_and_takes_a_snapshot()
    {
        OnnxModel.Write(PatternNetwork.Build(), _workspace["pattern.onnx"]);
        using RunningDaemon daemon = Run("pattern", "pattern.onnx");
        using Browser browser = Open(daemon);

        UseEverything(browser, "pattern.onnx");

        if (_screenshots is not null)
        {
            browser.Until("!document.querySelector('#toasts p')");
            browser.Photograph(Path.Join(_screenshots, "desktop.png"), whole: true);
            browser.Look(1440, 900, dark: false);
            browser.Photograph(Path.Join(_screenshots, "desktop-light.png"), whole: true);
            browser.Look(390, 844, dark: false, phone: true);
            browser.Photograph(Path.Join(_screenshots, "phone.png"));
            browser.Look(390, 844, dark: true, phone: true);
            browser.Photograph(Path.Join(_screenshots, "phone-dark.png"), whole: true);
        }
        Assert.Empty(browser.Complaints);
        Assert.False(daemon.HasExited, daemon.Log.ToString());
    }

    [BrowserFact("models/yolox_nano.onnx", "video/one-by-one-person-detection.mp4")]
    public void The_same_is_done_while_people_walk_through_a_real_video()
    {
        File.Copy(Repository.Data("models/yolox_nano.onnx"), _workspace["yolox_nano.onnx"]);
        using RunningDaemon daemon = Run(
            Repository.Data("video/one-by-one-person-detection.mp4"), "yolox_nano.onnx", "--Camera:Loop=true");
        using Browser browser = Open(daemon);

        UseEverything(browser, "yolox_nano.onnx");

        // Eighty classes are too many to look through.
        browser.Type("#class-filter", "umb");
        browser.Until("document.querySelectorAll('#classes label:not([hidden])').length === 1");
        browser.Click("#classes label:not([hidden])");
        browser.Until("document.querySelector('#classes input[value=umbrella]').checked");
        Photograph(browser, "video");
        Assert.Empty(browser.Complaints);
        Assert.False(daemon.HasExited, daemon.Log.ToString());
    }

    [BrowserFact]
    public void One_chooses_among_several_cameras_and_each_shows_its_own()
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
        using Browser browser = Open(daemon);

        browser.Until("document.querySelector('#cameras').value === 'front'");
        browser.Until("document.querySelector('#model').textContent.includes('arena.int8')");
        browser.Until("document.querySelector('#models').value === 'arena.int8.onnx'");
        Photograph(browser, "cameras");
        browser.Click("#cameras option[value=rear]");
        browser.Until("location.search === '?camera=rear'");
        browser.Until("document.querySelector('#model')?.textContent.includes('pattern.onnx')");
        browser.Until("document.querySelector('#cameras').value === 'rear'");
        Turn(browser, "Model:Confidence", Keys.End);
        browser.Until("document.querySelector('#count').textContent.startsWith('0 detections')");
        browser.Click("[data-reset='Model:Confidence']");
        browser.Until("!document.querySelector('#count').textContent.startsWith('0 detections')");
        Photograph(browser, "cameras-rear");
        browser.Look(390, 844, dark: false, phone: true);
        Photograph(browser, "cameras-phone");
        browser.Open(AddressOf(daemon) + "/?camera=left");
        browser.Until("document.querySelector('#curtain')?.textContent.includes('There is no camera of that name')");
    }

    [BrowserFact]
    public void Who_types_the_token_is_let_in_and_nobody_else()
    {
        _workspace.ColourModel();
        using RunningDaemon daemon = Run("pattern", "colour.onnx", "--Debug:Url=http://0.0.0.0:0", "--Debug:Token=correct horse battery");
        using Browser browser = new();
        browser.Open(AddressOf(daemon).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

        browser.Type("input[name=token]", "incorrect horse battery" + Keys.Enter);
        browser.Until("document.querySelector('#wrong')?.checkVisibility()");
        browser.Type("input[name=token]", "correct horse battery" + Keys.Enter);

        browser.Until("document.querySelector('#state')?.textContent === 'running' && document.querySelector('#live').naturalWidth > 0");
    }

    [BrowserFact]
    public void A_daemon_that_goes_away_and_comes_back_is_found_again_by_the_page()
    {
        _workspace.ColourModel();
        RunningDaemon daemon = Run("pattern", "colour.onnx");
        using Browser browser = Open(daemon);
        string url = AddressOf(daemon);
        browser.Until("document.querySelector('#state').textContent === 'running'");

        daemon.Dispose();
        browser.Until("document.querySelector('#state').textContent === 'no connection'");
        using RunningDaemon again = Run("pattern", "colour.onnx", $"--Debug:Url={url}");

        browser.Until("document.querySelector('#state').textContent === 'running' && document.querySelector('#live').naturalWidth > 0");
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

    private RunningDaemon Run(string camera, string model, params string[] more) => new(
    [
        $"--Camera:Source={camera}", $"--Model:Path={_workspace[model]}", "--Debug:Url=http://127.0.0.1:0", "--Link:Port=virtual",
        $"--Record:Folder={_workspace.Folder("recordings")}", .. more,
    ]);

    private static Browser Open(RunningDaemon daemon)
    {
        string url = AddressOf(daemon);
        Browser browser = new();
        try
        {
            browser.Look(1440, 900, dark: true);
            browser.Open(url);
            return browser;
        }
        catch
        {
            browser.Dispose();
            throw;
        }
    }

    private static string AddressOf(RunningDaemon daemon)
    {
        const string Said = "The debugging page is at ";
        int line = daemon.Log.WaitFor(Said);
        string text = daemon.Log.All[line - 1];
        return text[(text.IndexOf(Said, StringComparison.Ordinal) + Said.Length)..].TrimEnd('.');
    }

    /// <summary>What one does beside a robot: looks, turns a knob, tries another model, keeps a picture, records and looks again.</summary>
    private void UseEverything(Browser browser, string model)
    {
        _workspace.ColourModel();
        _workspace.Text("broken.onnx", "no model");
        UntilThereIsAPicture(browser);
        browser.Until("document.querySelectorAll('#objects li[data-box]').length > 0");
        browser.Until("(window.before ??= document.querySelector('#objects li').dataset.box) && "
            + "![undefined, window.before].includes(document.querySelector('#objects li').dataset.box)");
        browser.Until("document.querySelector('#target b') !== null");
        browser.Until("Number(document.querySelector('#fps').textContent) > 0");
        browser.Until("document.querySelector('#links').textContent.includes('acknowledged')");

        Turn(browser, "Model:Confidence", Keys.End);
        browser.Until("document.querySelector('#count').textContent.startsWith('0 detections')");
        Turn(browser, "Model:Confidence", Keys.Home + Keys.PageUp + Keys.PageUp);
        browser.Until("document.querySelector('[data-setting=\"Model:Confidence\"]').value === '0.2'");
        browser.Until("!document.querySelector('#count').textContent.startsWith('0 detections')");

        Choose(browser, "broken.onnx");
        browser.Until("document.querySelector('#toasts .bad')?.textContent.includes('broken.onnx')");
        Assert.Contains("400 (Bad Request)", Assert.Single(browser.Complaints), StringComparison.Ordinal);
        Choose(browser, "colour.onnx");
        browser.Until("document.querySelector('#count').textContent === 'likeliest classes'");
        browser.Until("document.querySelector('#model').textContent.includes('classify')");
        Choose(browser, model);
        browser.Until("document.querySelector('#target b') !== null");

        browser.Click("#snapshot");
        browser.Until("document.querySelector('#toasts').textContent.includes('.jpg')");
        Assert.NotEmpty(Directory.GetFiles(_workspace["recordings/snapshots"], "*.jpg"));

        browser.Click("#record");
        browser.Until("/[1-9]/.test(document.querySelector('#record').textContent)");
        browser.Click("#record");
        browser.Until("document.querySelector('#recordings button')");
        browser.Click("#recordings button");
        browser.Until("document.querySelector('#player').open && document.querySelector('#player output').textContent.includes('frame')");
        browser.Click("#player form button");

        browser.Click("#copy");
        browser.Until("document.querySelector('#toasts').textContent.includes('Copied')");
    }

    /// <summary>Types into the field of a setting.</summary>
    private static void Turn(Browser browser, string setting, string keys)
    {
        browser.Until("!document.querySelector('#controls').inert");
        browser.Type($"[data-setting='{setting}']", keys);
    }

    private static void Choose(Browser browser, string model)
    {
        browser.Until($"document.querySelector('#models option[value=\"{model}\"]') && !document.querySelector('#controls.busy')");
        browser.Click($"#models option[value='{model}']");
    }

    private static void UntilThereIsAPicture(Browser browser) =>
        browser.Until("document.querySelector('#live').naturalWidth > 0 && document.querySelector('#curtain').hidden");

    private void Photograph(Browser browser, string name)
    {
        UntilThereIsAPicture(browser);
        if (_screenshots is null) return;
        browser.Until("!document.querySelector('#toasts p')");
        browser.Photograph(Path.Join(_screenshots, name + ".png"));
    }
}
