namespace EdgeCnn.Engine;

/// <summary>How a network is to be run.</summary>
/// <param name="Threads">How many threads work, the caller's among them; 0 means one for each physical core that the process may
/// use.</param>
/// <param name="KeepAll">Intermediate values keep their memory until the next run, so that they can be read by name.</param>
/// <param name="Profile">Each step is timed.</param>
/// <param name="Integers">Quantised networks run on integers; false: every QuantizeLinear and DequantizeLinear is computed as the file has
/// it, and what lies between them in floats, which is slow and what the integers are measured by.</param>
public sealed record EngineOptions(int Threads = 0, bool KeepAll = false, bool Profile = false, bool Integers = true);

/// <summary>What one step of the last run took.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Kernel">The kernel that was chosen.</param>
/// <param name="Milliseconds">Wall time.</param>
/// <param name="MultiplyAdds">Multiply-adds, 0 where they are not counted.</param>
public sealed record StepProfile(string Name, string Kernel, double Milliseconds, long MultiplyAdds);
