using EdgeCnn.Models;
using EdgeCnn.Models.Onnx;

namespace EdgeCnn.EdgeRuntime.Inference;

/// <summary>Loads the network of a model file; Networks.Load is one.</summary>
public delegate INetwork NetworkLoader(string path, InferenceOptions options, OnnxReadOptions shapes);

/// <summary>
/// The networks of several cameras: those that ask for the same file with the same settings have one, whose weights and memory are there
/// once. They use it in turns, one frame each, in the order in which they ask; each turn has all of the network's threads. Any thread.
/// </summary>
public sealed class SharedNetworks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, Shared> _networks = [];

    /// <summary>How many networks there are.</summary>
    internal int Count
    {
        get
        {
            lock (_gate) return _networks.Count;
        }
    }

    /// <summary>The network, loaded unless somebody has it already.</summary>
    /// <returns>The caller's own view of it, with inputs and outputs of its own.</returns>
    /// <exception cref="EdgeException">ONNX Runtime cannot load the model.</exception>
    /// <exception cref="ModelException">The engine cannot load the model.</exception>
    public INetwork Load(string path, InferenceOptions options, OnnxReadOptions shapes)
    {
        Key key = Key.Of(path, options, shapes);
        // Whoever asks for a network that is just being loaded waits for it, rather than loading it a second time.
        lock (_gate)
        {
            if (!_networks.TryGetValue(key, out Shared? network))
                _networks[key] = network = new Shared(Networks.Load(path, options, shapes));
            network.Users++;
            return new Turns(this, key, network);
        }
    }

    private void Leave(Key key, Shared network)
    {
        lock (_gate)
        {
            if (--network.Users > 0) return;
            _networks.Remove(key);
        }
        network.Network.Dispose();
    }

    /// <summary>What makes two networks the same; a file that has been replaced makes another one.</summary>
    private sealed record Key(string File, long Length, DateTime Written, int? Width, int? Height, string Inference)
    {
        public static Key Of(string path, InferenceOptions options, OnnxReadOptions shapes)
        {
            FileInfo file = new(path);
            string providers = string.Join(' ', options.ExecutionProviders);
            return new(
                file.FullName, file.Exists ? file.Length : 0, file.LastWriteTimeUtc, shapes.Width, shapes.Height,
                $"{options.Backend} {options.ThreadsInUse} {options.Fallback} {options.Spinning} {providers}");
        }
    }

    private sealed class Shared(INetwork network)
    {
        private readonly object _turn = new();
        private long _asked, _served;

        public INetwork Network => network;

        /// <summary>How many have it; of the registry's lock.</summary>
        public int Users { get; set; }

        /// <summary>Waits until all who have asked before are served.</summary>
        public void Begin()
        {
            lock (_turn)
            {
                long mine = _asked++;
                while (_served < mine) Monitor.Wait(_turn);
            }
        }

        public void End()
        {
            lock (_turn)
            {
                _served++;
                Monitor.PulseAll(_turn);
            }
        }
    }

    /// <summary>A network as one of its users sees it.</summary>
    private sealed class Turns : INetwork
    {
        private readonly SharedNetworks _owner;
        private readonly Key _key;
        private readonly Shared _shared;
        private readonly float[][] _inputs, _outputs;
        private bool _left;

        public Turns(SharedNetworks owner, Key key, Shared shared)
        {
            (_owner, _key, _shared) = (owner, key, shared);
            _inputs = [.. Inputs.Select(static value => new float[value.Shape.Count])];
            _outputs = [.. Outputs.Select(static value => new float[value.Shape.Count])];
        }

        public string Backend => _shared.Network.Backend;

        public IReadOnlyList<string> Fallbacks => _shared.Network.Fallbacks;

        public IReadOnlyDictionary<string, string> Metadata => _shared.Network.Metadata;

        public IReadOnlyList<NamedValue> Inputs => _shared.Network.Inputs;

        public IReadOnlyList<NamedValue> Outputs => _shared.Network.Outputs;

        public Span<float> Input(int index) => _inputs[index];

        public void Run()
        {
            _shared.Begin();
            try
            {
                INetwork network = _shared.Network;
                for (int i = 0; i < _inputs.Length; i++) _inputs[i].CopyTo(network.Input(i));
                network.Run();
                for (int i = 0; i < _outputs.Length; i++) network.Output(i).CopyTo(_outputs[i]);
            }
            finally
            {
                _shared.End();
            }
        }

        public ReadOnlySpan<float> Output(int index) => _outputs[index];

        public void Dispose()
        {
            if (_left) return;
            _left = true;
            _owner.Leave(_key, _shared);
        }
    }
}
