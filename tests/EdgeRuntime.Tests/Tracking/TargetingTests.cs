using EdgeCnn.EdgeRuntime.Tracking;
using EdgeCnn.Models.Tasks;

namespace EdgeCnn.EdgeRuntime.Tests.Tracking;

public class TargetingTests
{
    private static readonly string[] Labels = ["person", "cat", "dog"];

    [Theory]
    [InlineData(TargetChoice.Largest, 1)]
    [InlineData(TargetChoice.Central, 2)]
    [InlineData(TargetChoice.Confident, 3)]
    public void The_best_by_the_chosen_measure_becomes_the_target(TargetChoice choice, byte expected)
    {
        Track[] tracks = [Make(1, 50, 50, 80, 0.6f), Make(2, 310, 230, 40, 0.5f), Make(3, 500, 400, 30, 0.9f)];
        Assert.Equal(expected, new Targeting(new TargetOptions { Choose = choice }, Labels).Choose(tracks, 640, 480)?.Id);
    }

    [Fact]
    public void The_target_is_kept_until_another_one_is_clearly_better()
    {
        Targeting targeting = new(new TargetOptions { Stickiness = 0.25f }, Labels);
        Assert.Equal<byte?>(1, targeting.Choose([Make(1, 100, 100, 50), Make(2, 300, 100, 49)], 640, 480)?.Id);
        Assert.Equal<byte?>(1, targeting.Choose([Make(1, 100, 100, 50), Make(2, 300, 100, 55)], 640, 480)?.Id);
        Assert.Equal<byte?>(2, targeting.Choose([Make(1, 100, 100, 50), Make(2, 300, 100, 57)], 640, 480)?.Id);
        Assert.Equal<byte?>(2, targeting.Choose([Make(1, 100, 100, 60), Make(2, 300, 100, 57)], 640, 480)?.Id);
    }

    [Fact]
    public void A_predicted_track_stays_the_target_and_does_not_become_it()
    {
        Targeting targeting = new(new TargetOptions(), Labels);
        Track seen = Make(1, 100, 100, 50), hidden = seen with { Predicted = true };
        Assert.Null(targeting.Choose([hidden], 640, 480));
        Assert.Equal<byte?>(1, targeting.Choose([seen], 640, 480)?.Id);
        Assert.Equal<byte?>(1, targeting.Choose([hidden], 640, 480)?.Id);
        Assert.Null(targeting.Choose([], 640, 480));
        Assert.Null(targeting.Choose([hidden], 640, 480));
    }

    [Fact]
    public void Only_wanted_classes_that_are_confident_enough_become_the_target()
    {
        Targeting targeting = new(new TargetOptions { Classes = ["Cat", " dog "], MinConfidence = 0.5f }, Labels);
        Track[] tracks = [Make(1, 100, 100, 90), Make(2, 100, 100, 70, 0.4f, classId: 1), Make(3, 100, 100, 20, classId: 2),
            Make(4, 100, 100, 80, classId: 9)];
        Assert.Equal<byte?>(3, targeting.Choose(tracks, 640, 480)?.Id);
    }

    [Fact]
    public void A_class_that_the_model_does_not_know_is_refused_with_those_it_knows()
    {
        EdgeException refusal = Assert.Throws<EdgeException>(() => new Targeting(new TargetOptions { Classes = ["lemming"] }, Labels));
        Assert.Equal("Target:Classes names 'lemming', which is no class of the model; its classes are person, cat, dog.", refusal.Message);
    }

    private static Track Make(byte id, float x, float y, float size, float confidence = 0.8f, int classId = 0) =>
        new(id, new Box(x - (size / 2), y - (size / 2), size, size), classId, confidence, false, 0, 0, TimeSpan.FromSeconds(1));
}
