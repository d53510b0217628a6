using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeCnn.EdgeRuntime.Capture;
using EdgeCnn.EdgeRuntime.Recording.Export;
using EdgeCnn.Models;
using EdgeCnn.Training.Data;

namespace EdgeCnn.EdgeRuntime.Commands.Learning;

/// <summary>
/// Writes a detector's data set so that most tools read it: images/NAME.png, labels/NAME.txt and data.yaml as YOLO has them, and
/// annotations.json as COCO has them.
/// </summary>
internal sealed class LabelledFiles : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyList<string> _labels;
    private readonly MemoryStream _images = new();
    private readonly MemoryStream _annotations = new();
    private readonly Utf8JsonWriter _imageList;
    private readonly Utf8JsonWriter _annotationList;
    private int _count;

    /// <exception cref="EdgeException">The folder cannot be made.</exception>
    public LabelledFiles(string folder, IReadOnlyList<string> labels)
    {
        (_folder, _labels) = (folder, labels);
        _imageList = new Utf8JsonWriter(_images);
        _annotationList = new Utf8JsonWriter(_annotations);
        _imageList.WriteStartArray();
        _annotationList.WriteStartArray();
        Try(() =>
        {
            Directory.CreateDirectory(Path.Join(folder, "images"));
            Directory.CreateDirectory(Path.Join(folder, "labels"));
        });
    }

    /// <summary>Objects so far.</summary>
    public int Boxes { get; private set; }

    /// <exception cref="EdgeException">It cannot be written.</exception>
    public void Add(string name, Example example)
    {
        Training.Data.Picture picture = example.Picture;
        using (Frame frame = Frame.Of(picture.View)) ImageFile.Write(Path.Join(_folder, "images", name + ".png"), frame);
        Write(Path.Join("labels", name + ".txt"), Lines(example.Boxes, picture.Width, picture.Height));
        _count++;
        _imageList.WriteStartObject();
        _imageList.WriteNumber("id", _count);
        _imageList.WriteString("file_name", name + ".png");
        _imageList.WriteNumber("width", picture.Width);
        _imageList.WriteNumber("height", picture.Height);
        _imageList.WriteEndObject();
        foreach (Box box in example.Boxes) Annotate(box);
    }

    /// <summary>Writes the files about all pictures.</summary>
    /// <exception cref="EdgeException">They cannot be written.</exception>
    public void Finish()
    {
        _imageList.WriteEndArray();
        _annotationList.WriteEndArray();
        _imageList.Flush();
        _annotationList.Flush();
        using MemoryStream file = new();
        using (Utf8JsonWriter json = new(file))
        {
            json.WriteStartObject();
            json.WritePropertyName("images");
            json.WriteRawValue(_images.ToArray());
            json.WritePropertyName("annotations");
            json.WriteRawValue(_annotations.ToArray());
            json.WriteStartArray("categories");
            for (int i = 0; i < _labels.Count; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("id", i + 1);
                json.WriteString("name", _labels[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        Write("annotations.json", Encoding.UTF8.GetString(file.ToArray()) + "\n");
        Write("data.yaml", YoloExport.Description(_labels));
    }

    public void Dispose()
    {
        _imageList.Dispose();
        _annotationList.Dispose();
        _images.Dispose();
        _annotations.Dispose();
    }

    private void Annotate(Box box)
    {
        Boxes++;
        _annotationList.WriteStartObject();
        _annotationList.WriteNumber("id", Boxes);
        _annotationList.WriteNumber("image_id", _count);
        _annotationList.WriteNumber("category_id", box.ClassId + 1);
        _annotationList.WriteStartArray("bbox");
        foreach (float value in (ReadOnlySpan<float>)[box.Left, box.Top, box.Width, box.Height]) _annotationList.WriteNumberValue(value);
        _annotationList.WriteEndArray();
        _annotationList.WriteNumber("area", box.Width * box.Height);
        _annotationList.WriteNumber("iscrowd", 0);
        _annotationList.WriteEndObject();
    }

    private static string Lines(ImmutableArray<Box> boxes, float width, float height)
    {
        StringBuilder lines = new();
        foreach (Box box in boxes)
        {
            lines.Append(
                CultureInfo.InvariantCulture,
                $"{box.ClassId} {(box.Left + box.Right) / 2 / width:0.######} {(box.Top + box.Bottom) / 2 / height:0.######} "
                    + $"{box.Width / width:0.######} {box.Height / height:0.######}\n");
        }
        return lines.ToString();
    }

    private void Write(string name, string text) =>
        Try(() => WholeFile.Write(Path.Join(_folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text))));

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EdgeException($"'{_folder}' cannot be written: {e.Message}; check the path, its permissions and the free space.", e);
        }
    }
}
