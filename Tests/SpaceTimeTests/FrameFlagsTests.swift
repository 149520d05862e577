import SpaceTime
import Testing

@Suite struct FrameFlagsTests {
    private let axis = TimeAxis(kind: .clock, cadence: 300, tolerance: 30)

    @Test func duplicatesAndGapsAreFound() {
        let times = FrameTimes([0, 300, 300, 600, 1200, 1531, 1801, 2130])
        #expect(
            FrameFlags.derived(from: times, axis: axis)
                == [[], [], .duplicate, [], .gapBefore, .gapBefore, [], []])
    }

    @Test func aStepTooShortOrBackIsAGap() {
        #expect(
            FrameFlags.derived(from: FrameTimes([0, 100, 400, 0]), axis: axis)
                == [[], .gapBefore, [], .gapBefore])
    }

    @Test func withoutACadenceThereAreNoGaps() {
        let axis = TimeAxis(kind: .clock)
        #expect(FrameFlags.derived(from: FrameTimes([0, 5, 5, 900]), axis: axis) == [[], [], .duplicate, []])
    }

    @Test func timesAtTheEdgeOf64BitsAreGaps() {
        #expect(
            FrameFlags.derived(from: FrameTimes([.min, .max, .min, -300]), axis: axis)
                == [[], .gapBefore, .gapBefore, .gapBefore])
        #expect(FrameFlags.derived(from: FrameTimes(), axis: axis).isEmpty)
    }
}
