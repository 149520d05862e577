import DataBank
import Glibc
import SpaceTime

/// Another program that trains the same network: it is told numbers of steps and answers with seconds and bytes.
final class TrainingTwin {
    /// How many weights its network has.
    let parameters: Int
    /// Of its libtorch.
    let version: String
    private let answers: UnsafeMutablePointer<FILE>
    private let orders: UnsafeMutablePointer<FILE>
    private let pipe: String

    /// - Parameter command: as for a shell; model, settings, batch and threads are added.
    init(_ command: String, _ network: BenchNetwork, threads: Int) throws {
        pipe = "/tmp/stbank-twin-\(getpid())-\(network.model)"
        guard mkfifo(pipe, 0o600) == 0 else { throw Disk.failure("make the pipe", pipe) }
        guard
            let answers = popen(
                "\(command) \(network.model) '\(network.settings)' \(network.batch) \(threads) < \(pipe)", "r"),
            let orders = fopen(pipe, "w")
        else {
            unlink(pipe)
            throw BankError(.system, "`\(command)` cannot be started")
        }
        (self.answers, self.orders) = (answers, orders)
        let words = try TrainingTwin.line(answers, command).split(separator: " ")
        guard words.count == 3, words[0] == "ready", let count = Int(words[2]) else {
            throw BankError(
                .usage, "--peer has to print `ready VERSION PARAMETERS`, not `\(words.joined(separator: " "))`")
        }
        version = String(words[1])
        parameters = count
    }

    deinit {
        fclose(orders)
        pclose(answers)
        unlink(pipe)
    }

    func turn(steps: Int) throws -> TrainingTurn {
        fputs("\(steps)\n", orders)
        fflush(orders)
        let text = try TrainingTwin.line(answers, "the peer")
        let words = text.split(separator: " ")
        guard words.count == 2, let seconds = Double(words[0]), seconds > 0, let bytes = Double(words[1]) else {
            throw BankError(.usage, "--peer has to print seconds and bytes, not `\(text)`")
        }
        return TrainingTurn(seconds: seconds / Double(steps), mebibytes: bytes / 1_048_576)
    }

    private static func line(_ file: UnsafeMutablePointer<FILE>, _ name: String) throws -> String {
        var room = [CChar](repeating: 0, count: 4096)
        guard fgets(&room, Int32(room.count), file) != nil else { throw BankError(.system, "`\(name)` ended early") }
        return String(decoding: room.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
