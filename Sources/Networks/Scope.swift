public import Tensors

extension Parameters {
    /// A place in the tree of names: `scope["attn"].parameter("qkv.weight", …)`.
    public struct Scope {
        let owner: Parameters
        let prefix: String

        /// The name of the module made here, such as `blocks.0.attn`.
        public var name: String { prefix.isEmpty ? "" : String(prefix.dropLast()) }

        public subscript(_ name: String) -> Scope { Scope(owner: owner, prefix: prefix + name + ".") }

        public subscript(_ index: Int) -> Scope { self["\(index)"] }

        /// A parameter of float32 that takes part in training.
        public func parameter(_ name: String, _ shape: [Int], _ initial: Initial) throws(TensorError) -> Tensor {
            let tensor = try Tensor.empty(shape, on: owner.device)
            try initial.fill(tensor)
            try owner.add(prefix + name, tensor, .parameter)
            return tensor
        }

        /// A parameter that is never trained, with values that follow from the settings.
        public func frozen(_ name: String, _ values: Tensor) throws(TensorError) -> Tensor {
            try added(name, values, .frozen)
        }

        /// Running statistics and index tables.
        public func buffer(_ name: String, _ values: Tensor) throws(TensorError) -> Tensor {
            try added(name, values, .buffer)
        }

        private func added(_ name: String, _ values: Tensor, _ kind: Kind) throws(TensorError) -> Tensor {
            let tensor = try values.to(owner.device)
            try owner.add(prefix + name, tensor, kind)
            return tensor
        }
    }
}
