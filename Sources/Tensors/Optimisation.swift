internal import CTorch

/// Steps over all parameters of a model at once. None of them is recorded for differentiation.
public enum Optimisation {
    /// The numbers of one step of Adam.
    public struct AdamForm: Hashable, Sendable, Codable {
        public var rate: Double
        public var beta1 = 0.9
        public var beta2 = 0.999
        public var epsilon = 1e-8
        public var decay = 0.0
        /// Decay of the parameters themselves (AdamW) instead of through the gradients.
        public var isDecoupled = false

        public init(rate: Double) { self.rate = rate }
    }

    /// One parameter, which has a gradient, and its state, all on one device.
    public struct AdamTarget {
        public var parameter: Tensor
        /// Of the parameter's shape.
        public var mean: Tensor
        public var square: Tensor
        /// One number of float32; the step raises it by one.
        public var steps: Tensor

        public init(parameter: Tensor, mean: Tensor, square: Tensor, steps: Tensor) {
            self.parameter = parameter
            self.mean = mean
            self.square = square
            self.steps = steps
        }
    }

    /// One step of Adam for all targets in one fused call.
    public static func adamStep(_ targets: [AdamTarget], _ form: AdamForm) throws(TensorError) {
        var numbers = ctorch_adam(
            rate: form.rate, beta1: form.beta1, beta2: form.beta2, epsilon: form.epsilon, decay: form.decay,
            decoupled: form.isDecoupled)
        try Library.perform("Adam step") { fault in
            targets.map(\.parameter).withHandles { parameters, count in
                targets.map(\.mean).withHandles { means, _ in
                    targets.map(\.square).withHandles { squares, _ in
                        targets.map(\.steps).withHandles { steps, _ in
                            ctorch_adam_step(parameters, means, squares, steps, count, &numbers, fault)
                        }
                    }
                }
            }
        }
    }

    /// Scales the gradients of all so that their 2-norm as one is at most `limit`, and returns the norm they had.
    ///
    /// - Parameter limit: nil only measures.
    @discardableResult
    public static func clipGradients(_ parameters: [Tensor], to limit: Double?) throws(TensorError) -> Double {
        var norm = 0.0
        try Library.perform("clip gradients") { fault in
            parameters.withHandles { ctorch_clip_gradients($0, $1, limit ?? 0, &norm, fault) }
        }
        return norm
    }

    /// Multiplies the gradients of all, for instance by one over the number of accumulated batches.
    public static func scaleGradients(_ parameters: [Tensor], by factor: Double) throws(TensorError) {
        try Library.perform("scale gradients") { fault in
            parameters.withHandles { ctorch_scale_gradients($0, $1, factor, fault) }
        }
    }
}
