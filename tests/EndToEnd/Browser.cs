using System.Diagnostics;
using EdgeCnn.Tests;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace EdgeCnn.EndToEnd;

/// <summary>A fact that needs Chromium and its driver, as Debian has them, and perhaps shared data; skipped where one is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    /// <param name="data">Files or folders under <c>../shared/data</c> that the test needs.</param>
    public BrowserFactAttribute(params string[] data) => Skip = !Browser.IsInstalled
        ? "needs Chromium and its driver (apt-get install chromium-driver)"
        : data.Length > 0 ? Repository.WhyAbsent(data) : null;
}

/// <summary>Chromium without a window, in which a test clicks and types: one page, steered by WebDriver.</summary>
internal sealed class Browser : IDisposable
{
    private const string Driver = "/usr/bin/chromedriver";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string? Program =
        ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);

    private readonly ChromeDriver _chrome;

    public Browser()
    {
        ChromeOptions options = new() { BinaryLocation = Program };
        options.AddArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars");
        options.SetLoggingPreference(LogType.Browser, LogLevel.Severe);
        ChromeDriverService service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(Driver), Path.GetFileName(Driver));
        service.SuppressInitialDiagnosticInformation = true;
        _chrome = new ChromeDriver(service, options, Patience);
    }

    public static bool IsInstalled => Program is not null && File.Exists(Driver);

    /// <summary>Since it was last asked: what the page wrote to the console as errors, did not catch, and could not load.</summary>
    public IEnumerable<string> Complaints => _chrome.Manage().Logs.GetLog(LogType.Browser).Select(static entry => entry.Message);

    /// <summary>Types into the element that a CSS selector finds.</summary>
    public void Type(string selector, string keys) => Find(selector).SendKeys(keys);

    /// <summary>Clicks on the element that a CSS selector finds, away from what is said at the lower edge of the window.</summary>
    public void Click(string selector)
    {
        IWebElement element = Find(selector);
        _chrome.ExecuteScript("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", element);
        element.Click();
    }

    /// <summary>Sets the size of the page in CSS pixels, and its colours.</summary>
    public void Look(int width, int height, bool dark, bool phone = false)
    {
        _chrome.ExecuteCdpCommand("Emulation.setDeviceMetricsOverride", new()
        {
            ["width"] = width,
            ["height"] = height,
            ["deviceScaleFactor"] = phone ? 2 : 1,
            ["mobile"] = phone,
        });
        Dictionary<string, object> scheme = new() { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" };
        _chrome.ExecuteCdpCommand("Emulation.setEmulatedMedia", new() { ["features"] = new[] { scheme } });
    }

    public void Open(string url) => _chrome.Navigate().GoToUrl(url);

    /// <summary>Waits until an expression is true in the page.</summary>
    public void Until(string expression)
    {
        long start = Stopwatch.GetTimestamp();
        while (_chrome.ExecuteScript($"return Boolean({expression})") is not true)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"Not within {Patience:c}: {expression}; {string.Join("; ", Complaints.Take(5))}");
            Thread.Sleep(50);
        }
    }

    /// <summary>Writes a PNG of what is seen, or of the page as a whole.</summary>
    public void Photograph(string path, bool whole = false)
    {
        _chrome.ExecuteScript("scrollTo({ top: 0, behavior: 'instant' })");
        Dictionary<string, object?> how = new() { ["format"] = "png", ["captureBeyondViewport"] = whole };
        var answer = (Dictionary<string, object>)_chrome.ExecuteCdpCommand("Page.captureScreenshot", how)!;
        File.WriteAllBytes(path, Convert.FromBase64String((string)answer["data"]));
    }

    public void Dispose() => _chrome.Dispose();

    private IWebElement Find(string selector) => _chrome.FindElement(By.CssSelector(selector));
}
