namespace EdgeCnn.Training.Data;

/// <summary>Training data that cannot be used: one sentence that says which file, what is wrong with it, and what to do.</summary>
public sealed class DataException(string message, Exception? inner = null) : Exception(message, inner);
