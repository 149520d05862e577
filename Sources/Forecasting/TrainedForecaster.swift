package import DataBank
internal import Networks
internal import SpaceTime
internal import Streaming
package import Tensors

/// The network of a run, and what it forecasts.
package struct TrainedForecaster {
    package enum Weights: String, Hashable, Sendable, CaseIterable {
        /// Of the epoch with the least validation loss.
        case best
        case last
    }

    package let record: RunRecord
    let settings: RunSettings
    let network: any Forecaster
    let device: Device
    let bank: Bank
    /// What it learnt from, pinned.
    package var dataset: String { record.datasets[0].id }

    /// - Throws: `.usage` where the run is not finished or trained no forecaster, `.notFound` where there is none,
    ///   `.damaged` where its weights are not what they were.
    package init(run id: String, _ weights: Weights = .best, in bank: Bank, on device: Device) throws {
        (self.bank, self.device) = (bank, device)
        record = try RunRecord.find(id, in: bank)
        settings = try RunSettings(of: record)
        guard let kept = weights == .best ? record.weights : record.last else {
            throw BankError(
                .usage,
                "the run \(id) is \(record.state.rawValue) and has no final weights; `stbank train --resume \(id)`")
        }
        let form = NetworkForm(
            recorded: settings.model, settings.network, settings.shape, padded: settings.padded)
        network = try form.network(on: device)
        let path = bank.path(of: kept)
        guard try FileDigest.sha256(ofFileAt: path) == kept.sha256 else {
            throw BankError(.damaged, "the weights of the run \(id) are not what they were", path: path)
        }
        try network.parameters.loadStrictly(Safetensors.read(path).tensors)
    }

    /// The runs that a name stands for: one, or those of `--runs`, by seed.
    ///
    /// - Throws: `.notFound` with what there is instead.
    package static func runs(named name: String, in bank: Bank) throws -> [String] {
        if Disk.exists("\(bank.path)/runs/\(name)/run.json") { return [name] }
        let seeds = try Disk.names(in: bank.path + "/runs").compactMap { run in
            run.hasPrefix(name + "-seed") ? UInt64(run.dropFirst(name.count + 5)) : nil
        }
        guard !seeds.isEmpty else { return [try RunRecord.find(name, in: bank).id] }
        return seeds.sorted().map { "\(name)-seed\($0)" }
    }

    /// The windows of a split as the network gets them, in stored order.
    ///
    /// - Parameters:
    ///   - dataset: nil for the one it learnt from.
    ///   - wishes: over the run's own plan, such as another stride.
    func windows(of dataset: String?, _ split: Split, _ wishes: PlanRequest) throws -> ForecastWindows {
        let windows = try ForecastWindows(self, of: dataset ?? self.dataset, split, wishes)
        let found = try ForecastShape(of: windows.source)
        guard found == settings.shape else {
            throw BankError(
                .usage,
                "the run \(record.id) forecasts \(settings.shape), the windows of \(windows.source.name) have \(found); choose "
                    + "--field, --crop or --resize so that they fit")
        }
        return windows
    }
}
