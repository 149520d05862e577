internal import Glibc
internal import SpaceTime

/// What hostile files can make a reader do.
enum Misdeed {
    static func inSurvey(_ act: String, _ location: Location) throws(ReaderError) {
        switch act {
        case "crash": crash()
        case "abort": abort()
        case "trap": fatalError("an index was out of range")
        case "loop": spin()
        case "sleep": sleep(1000)
        case "exit": exit(3)
        case "fail":
            throw ReaderError(.notFound, "nothing is here; name another folder", path: "/some/where")
        case "odd-error": throw ReaderError(.damaged, String(repeating: "long ", count: 1 << 20))
        case "bomb": hoardArrays()
        case "bomb-malloc": hoardMemory()
        case "fill-disk": fillDisk(location.scratch)
        case "close": shutdown(3, Int32(SHUT_RDWR))
        case "talk":
            write(2, "first line\nsecond line\u{1B}[31m\n", 30)
        case "flood": for _ in 0..<100_000 { write(2, "noise noise noise noise\n", 24) }
        case "read-long": readLong(location.paths[0])
        case "descriptors": openAll()
        default: try lieInSurvey(act)
        }
    }

    private static func lieInSurvey(_ act: String) throws(ReaderError) {
        switch act {
        case "lie-length": Wire.send(kind: 1, claiming: 1 << 40, [])
        case "lie-short": Wire.send(kind: 1, claiming: 1 << 30, Array("{}".utf8))
        case "lie-json": Wire.send(kind: 1, Array("{\"format\": 3}".utf8))
        case "lie-deep": Wire.send(kind: 1, Array(String(repeating: "[", count: 1 << 20).utf8))
        case "lie-kind": Wire.send(kind: 77, [])
        case "lie-early": Wire.send(kind: 4, [])
        case "lie-noise": Wire.raw((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 131) })
        default: return
        }
        sleep(1000)
    }

    static func beforePart(_ act: String, _ part: FrameRange) throws {
        guard part.sequence == 1 else { return }
        switch act {
        case "lie-skip": Wire.send(kind: 2, Wire.number(3) + Wire.number(0))
        case "lie-done": Wire.send(kind: 7, [])
        case "lie-covariates": Wire.send(kind: 2, Wire.number(1) + Wire.number(1 << 60))
        case "lie-survey-again": Wire.send(kind: 1, Array("{}".utf8))
        default: return
        }
    }

    static func insidePart(_ act: String, _ part: FrameRange) throws {
        guard part.sequence == 1 else { return }
        switch act {
        case "crash-later":
            SourceTrace.note("/data/second.h5")
            crash()
        case "exit-later": _exit(0)
        case "fail-later": throw ReaderError(.damaged, "chunk 3 does not inflate", path: "/data/second.h5")
        case "stop-later": sleep(1000)
        case "lie-slot": Wire.block(slot: 99, field: 0, count: 1)
        case "lie-field": Wire.block(slot: 0, field: 9, count: 1)
        case "lie-count": Wire.block(slot: 0, field: 0, count: 1 << 62)
        case "lie-more": Wire.block(slot: 0, field: 0, count: part.frames.count + 1)
        case "lie-size": Wire.block(slot: 0, field: 0, count: part.frames.count)
        case "lie-twice": for _ in 0..<2 { Wire.block(slot: 0, field: 0, count: 1) }
        case "lie-end": Wire.send(kind: 4, [])
        case "lie-begin": Wire.send(kind: 2, Wire.number(1) + Wire.number(0))
        default: return
        }
    }

    static func afterPart(_ act: String, _ part: FrameRange) throws {
        if act == "endless" { while true { usleep(1000) } }
    }

    static func crash() -> Never {
        let signal = SIGSEGV
        kill(getpid(), signal)
        while true { pause() }
    }

    private static func spin() -> Never {
        var state: UInt64 = 1
        while true { state = state &* 6_364_136_223_846_793_005 &+ UInt64(getpid()) }
    }

    private static func hoardArrays() -> Never {
        var hoard: [[UInt8]] = []
        while true { hoard.append([UInt8](repeating: 1, count: 1 << 24)) }
    }

    /// As a C library does: what it cannot get is an error of its own, here an abort.
    private static func hoardMemory() -> Never {
        while true {
            guard let memory = malloc(1 << 24) else {
                write(2, "library: out of memory\n", 23)
                abort()
            }
            memset(memory, 1, 1 << 24)
        }
    }

    private static func fillDisk(_ folder: String) -> Never {
        let file = open(folder + "/scratch", O_RDWR | O_CREAT, 0o600)
        let block = [UInt8](repeating: 7, count: 1 << 16)
        while true { write(file, block, block.count) }
    }

    /// Works without a word, but works: for three times a second.
    private static func readLong(_ path: String) {
        var block = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<30 {
            let file = open(path, O_RDONLY)
            while read(file, &block, block.count) > 0 {}
            close(file)
            usleep(100_000)
        }
    }

    private static func openAll() -> Never {
        while open("/dev/null", O_RDONLY) >= 0 {}
        write(2, "no more files\n", 14)
        _exit(5)
    }
}

/// The protocol, written a second time, to say what the server never would.
enum Wire {
    static func number(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    static func short(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    static func send(kind: UInt32, claiming count: UInt64? = nil, _ payload: [UInt8]) {
        raw(short(kind) + short(0) + number(count ?? UInt64(payload.count)) + payload)
    }

    static func block(slot: UInt32, field: UInt32, count: Int) {
        send(kind: 3, short(slot) + short(field) + number(UInt64(count)))
    }

    static func raw(_ bytes: [UInt8]) { _ = Glibc.send(3, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
}
