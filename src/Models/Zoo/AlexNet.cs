namespace EdgeCnn.Models.Zoo;

/// <summary>The network that won ILSVRC-2012, in two forms.</summary>
internal static class AlexNet
{
    /// <summary>
    /// A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012. The two
    /// towers, one for each of two GPUs, are the two groups of conv2, conv4 and conv5. The paper's 224 pixels do not fit its figures; 227
    /// do.
    /// </summary>
    public static Graph TwoTower(ZooOptions options) => Features.Build(
        Features.Image("alexnet", 3, options.Size, options.Seed)
            .Conv("conv1", 96, kernel: 11, stride: 4).Relu()
            .LocalResponseNorm("norm1", size: 5, alpha: 1e-4f, beta: 0.75f, k: 2)
            .MaxPool("pool1", kernel: 3, stride: 2)
            .Conv("conv2", 256, kernel: 5, pad: 2, groups: 2).Relu()
            .LocalResponseNorm("norm2", size: 5, alpha: 1e-4f, beta: 0.75f, k: 2)
            .MaxPool("pool2", kernel: 3, stride: 2)
            .Conv("conv3", 384, kernel: 3, pad: 1).Relu()
            .Conv("conv4", 384, kernel: 3, pad: 1, groups: 2).Relu()
            .Conv("conv5", 256, kernel: 3, pad: 1, groups: 2).Relu()
            .MaxPool("pool5", kernel: 3, stride: 2)
            .Flatten()
            .Dense("fc6", 4096).Relu().Dropout(0.5f)
            .Dense("fc7", 4096).Relu().Dropout(0.5f)
            .Dense("scores", options.Classes, Initialization.Xavier));

    /// <summary>
    /// A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997, 2014, its one tower.
    /// </summary>
    public static Graph OneTower(ZooOptions options) => Features.Build(
        Features.Image("alexnet_one_tower", 3, options.Size, options.Seed)
            .Conv("conv1", 64, kernel: 11, stride: 4, pad: 2).Relu()
            .MaxPool("pool1", kernel: 3, stride: 2)
            .Conv("conv2", 192, kernel: 5, pad: 2).Relu()
            .MaxPool("pool2", kernel: 3, stride: 2)
            .Conv("conv3", 384, kernel: 3, pad: 1).Relu()
            .Conv("conv4", 256, kernel: 3, pad: 1).Relu()
            .Conv("conv5", 256, kernel: 3, pad: 1).Relu()
            .MaxPool("pool5", kernel: 3, stride: 2)
            .Flatten()
            .Dense("fc6", 4096).Relu().Dropout(0.5f)
            .Dense("fc7", 4096).Relu().Dropout(0.5f)
            .Dense("scores", options.Classes, Initialization.Xavier));
}
