internal import Glibc
internal import Tensors

/// How often a recurrent network is shown the true frame instead of its own output while it trains. MODELS 6; OpenSTL
/// utils/predrnn_utils.py (`schedule_sampling`, `reserve_schedule_sampling_exp`) and its names.
public struct SamplingSchedule: Hashable, Sendable {
    /// Whether the input frames are left out as well: rarely shown at first, always at the end.
    public var isReverse = false
    /// Plain schedule: without it, the network goes on from its own output from the beginning.
    public var isUsed = true
    /// Plain schedule: the probability before the first step, what a step takes from it, and the step from which on it is 0.
    public var start = 1.0
    public var rate = 2e-5
    public var stop = 50_000
    /// Reverse schedule: probabilities are 0.5 before `first`, and at their end from `second` on.
    public var first = 25_000
    public var second = 50_000
    public var alpha = 5000.0

    public init() {}

    /// The probability that the true frame is shown after `step` optimiser steps.
    ///
    /// - Returns: for the input frames but the first (plain: always 1), and for the target frames but the last.
    public func probabilities(at step: Int) -> (inputs: Double, targets: Double) {
        guard isReverse else {
            guard isUsed, step < stop else { return (1, 0) }
            // The reference lowers it before the first step.
            return (1, start - rate * Double(step + 1))
        }
        if step < first { return (0.5, 0.5) }
        if step >= second { return (1, 0) }
        let passed = Double(step - first)
        return (1 - 0.5 * exp(-passed / alpha), 0.5 - 0.5 / Double(second - first) * passed)
    }

    /// How many flags a sample has: one for each time step whose frame may be the network's own.
    func flagCount(_ form: RecurrentConfiguration) -> Int {
        isReverse ? form.inFrames + form.outFrames - 2 : form.outFrames - 1
    }

    /// Draws the flags of a training step from the library's generator: (B, flags), 1 where the true frame is shown.
    func flags(at step: Int, batch: Int, _ form: RecurrentConfiguration, on device: Device) throws(TensorError)
        -> Tensor
    {
        let draws = try Tensor.empty([batch, flagCount(form)], on: device)
        try draws.fillUniformly(0...1)
        let (inputs, targets) = probabilities(at: step)
        guard isReverse else { return try draws.isLess(than: targets).to(.float32) }
        let cut = form.inFrames - 1
        let parts = try [
            draws.narrowed(1, 0..<cut).isLess(than: inputs),
            draws.narrowed(1, cut..<flagCount(form)).isLess(than: targets),
        ]
        return try .concatenated(parts, axis: 1).to(.float32)
    }

    /// - Throws: `.operands` where it is no schedule.
    func check() throws(TensorError) {
        try refuse(
            first < 0 || second < first || !(alpha > 0),
            "the sampling of true frames needs 0 ≤ r_sampling_step_1 ≤ r_sampling_step_2 and r_exp_alpha above 0")
        try refuse(
            !(0...1).contains(start) || rate < 0 || stop < 0,
            "the sampling of true frames needs sampling_start_value in 0...1, and no negative rate or stop")
    }
}

extension SamplingSchedule: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case isReverse = "reverse_scheduled_sampling"
        case isUsed = "scheduled_sampling"
        case start = "sampling_start_value"
        case rate = "sampling_changing_rate"
        case stop = "sampling_stop_iter"
        case first = "r_sampling_step_1"
        case second = "r_sampling_step_2"
        case alpha = "r_exp_alpha"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        isReverse = try values.flagIfPresent(.isReverse) ?? isReverse
        isUsed = try values.flagIfPresent(.isUsed) ?? isUsed
        start = try values.decodeIfPresent(Double.self, forKey: .start) ?? start
        rate = try values.decodeIfPresent(Double.self, forKey: .rate) ?? rate
        stop = try values.decodeIfPresent(Int.self, forKey: .stop) ?? stop
        first = try values.decodeIfPresent(Int.self, forKey: .first) ?? first
        second = try values.decodeIfPresent(Int.self, forKey: .second) ?? second
        alpha = try values.decodeIfPresent(Double.self, forKey: .alpha) ?? alpha
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(isReverse ? 1 : 0, forKey: .isReverse)
        try values.encode(isUsed ? 1 : 0, forKey: .isUsed)
        try values.encode(start, forKey: .start)
        try values.encode(rate, forKey: .rate)
        try values.encode(stop, forKey: .stop)
        try values.encode(first, forKey: .first)
        try values.encode(second, forKey: .second)
        try values.encode(alpha, forKey: .alpha)
    }
}
