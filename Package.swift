// swift-tools-version: 6.2
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// Our own optimised C: built for the oldest processor, with faster clones chosen at run time.
let fastC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=off"])]

/// The Swift runtime goes into the executable, so that it starts in milliseconds and runs without a toolchain.
let selfContained: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib"]), .linkedLibrary("_FoundationCShims"), .linkedLibrary("_FoundationCollections"),
    .linkedLibrary("swiftSynchronization"),
]

/// The folder of libtorch: `$LIBTORCH`, else `.libtorch`, which `make setup` links to PyTorch's wheel.
let libtorch: String? = {
    let named = Context.environment["LIBTORCH"].flatMap { $0.isEmpty ? nil : $0 } ?? ".libtorch"
    let folder = named.hasPrefix("/") ? named : Context.packageDirectory + "/" + named
    if FileManager.default.fileExists(atPath: folder + "/include/ATen/ATen.h") { return folder }
    print("stbank: no libtorch in \(folder): without the learning verbs; `make setup` gets it, or set LIBTORCH=DIR")
    return nil
}()

/// What needs libtorch; left out where there is none, so that the data bank alone can be built and depended on.
let learning: (products: [Product], targets: [Target]) = {
    guard let libtorch else { return ([], []) }
    let product: (String) -> Target.Dependency = { .product(name: $0, package: "swift-argument-parser") }
    return (
        [.executable(name: "stbank-learn", targets: ["stbank-learn"])],
        [
            .target(
                name: "CTorch",
                cxxSettings: [.unsafeFlags(["-isystem", libtorch + "/include", "-D_GLIBCXX_USE_CXX11_ABI=1", "-O2"])],
                linkerSettings: [
                    .unsafeFlags([
                        "-L" + libtorch + "/lib", "-Xlinker", "-rpath", "-Xlinker", libtorch + "/lib", "-Xlinker",
                        "--as-needed",
                    ]),
                    .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
                ]
            ),
            .target(name: "Tensors", dependencies: ["CTorch", "SpaceTime"], swiftSettings: strict),
            .target(name: "Networks", dependencies: ["Tensors", "SpaceTime"], swiftSettings: strict),
            .target(
                name: "Training",
                dependencies: ["Tensors", "Networks", "Streaming", "DataBank", "SpaceTime"],
                swiftSettings: strict
            ),
            .target(
                name: "Discovery",
                dependencies: [
                    "Training", "Networks", "Tensors", "CausalAugmentation", "Streaming", "DataBank", "ArrayFiles",
                    "SpaceTime",
                ],
                swiftSettings: strict
            ),
            .target(
                name: "Forecasting",
                dependencies: [
                    "Training", "Networks", "Tensors", "CausalAugmentation", "Streaming", "DataBank", "Metrics",
                    "ArrayFiles", "SpaceTime",
                ],
                resources: [.embedInCode("Presets")],
                swiftSettings: strict
            ),
            .target(
                name: "NetworkParity",
                dependencies: ["Parity", "Tensors", "Networks", "Training", "ArrayFiles", "SpaceTime"],
                swiftSettings: strict
            ),
            .executableTarget(
                name: "stbank-learn",
                dependencies: [
                    "CommandFace", "Discovery", "Exchange", "Forecasting", "Metrics", "NetworkParity", "Parity",
                    "Training",
                    "Networks", "Tensors", "CausalAugmentation", "Streaming", "DataBank", "SpaceTime",
                    product("ArgumentParser"),
                ],
                swiftSettings: strict
            ),
            .testTarget(name: "TensorsTests", dependencies: ["Tensors", "SpaceTime", "Draws"], swiftSettings: strict),
            .testTarget(
                name: "NetworksTests",
                dependencies: ["Networks", "NetworkParity", "Parity", "Training", "Tensors", "SpaceTime", "Draws"],
                swiftSettings: strict
            ),
        ]
    )
}()

let package = Package(
    name: "stbank",
    products: [
        .executable(name: "stbank", targets: ["stbank"]),
        .executable(name: "stbank-read", targets: ["stbank-read"]),
        .library(name: "stbank-c", type: .dynamic, targets: ["libstbank"]),
        .library(name: "SpaceTime", targets: ["SpaceTime"]),
        .library(name: "DataBank", targets: ["DataBank"]),
        .library(name: "Streaming", targets: ["Streaming"]),
        .library(name: "Readers", targets: ["Readers"]),
    ] + learning.products,
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CNetCDF", pkgConfig: "netcdf", providers: [.apt(["libnetcdf-dev"])]),
        .systemLibrary(name: "CFFmpeg", pkgConfig: "libavformat", providers: [.apt(["libavformat-dev"])]),
        .systemLibrary(name: "CImages", pkgConfig: "libpng", providers: [.apt(["libpng-dev", "libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "CMatIO", pkgConfig: "matio", providers: [.apt(["libmatio-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CProcess"),
        .target(name: "CKernels", cSettings: fastC),
        .target(name: "CStream", cSettings: fastC),
        .target(name: "CMixing", cSettings: fastC),

        .target(name: "SpaceTime", dependencies: ["CHash"], swiftSettings: strict),
        .target(
            name: "ArrayFiles",
            dependencies: ["SpaceTime", "CHDF5", "CNetCDF", "CDeflate", "CKernels"],
            swiftSettings: strict
        ),
        .target(
            name: "CPictures",
            dependencies: ["CFFmpeg", "CImages"],
            linkerSettings: ["avformat", "avcodec", "avutil", "swscale", "png", "jpeg"].map { .linkedLibrary($0) }
        ),
        .target(name: "Pictures", dependencies: ["SpaceTime", "CPictures"], swiftSettings: strict),
        .target(
            name: "Readers",
            dependencies: ["SpaceTime", "ArrayFiles", "Pictures", "CArchive", "CMatIO", "CKernels"],
            swiftSettings: strict
        ),
        .target(name: "Handover", dependencies: ["SpaceTime", "CProcess"], swiftSettings: strict),
        .target(
            name: "DataBank",
            dependencies: ["SpaceTime", "CCrypto", "CHash", "CKernels", "CDeflate", "CProcess"],
            swiftSettings: strict
        ),
        .target(name: "Streaming", dependencies: ["SpaceTime", "DataBank", "CStream"], swiftSettings: strict),
        .target(
            name: "CausalAugmentation",
            dependencies: ["SpaceTime", "DataBank", "Streaming", "CMixing"],
            swiftSettings: strict
        ),
        .target(name: "Metrics", swiftSettings: strict),
        .target(
            name: "Parity",
            dependencies: ["SpaceTime", "ArrayFiles", "CausalAugmentation", "Metrics"],
            swiftSettings: strict
        ),
        .target(
            name: "libstbank",
            dependencies: ["SpaceTime", "DataBank", "Streaming", "CausalAugmentation"],
            exclude: ["include"],
            swiftSettings: strict,
            // The runtime inside stays inside: another one in the same process must not be bound to it.
            linkerSettings: selfContained + [
                .unsafeFlags(
                    ["-soname=libstbank.so", "--exclude-libs=ALL", "-Bsymbolic"].flatMap { ["-Xlinker", $0] })
            ]
        ),
        .target(
            name: "Exchange",
            dependencies: ["SpaceTime", "ArrayFiles", "DataBank", "Streaming", "CausalAugmentation", "CArchive"],
            swiftSettings: strict
        ),
        .target(
            name: "CommandFace",
            dependencies: [
                "SpaceTime", "ArrayFiles", "Handover", "DataBank", "Streaming", "CausalAugmentation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "stbank",
            dependencies: [
                "CommandFace", "SpaceTime", "ArrayFiles", "Handover", "DataBank", "Streaming", "CausalAugmentation",
                "Exchange",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict,
            linkerSettings: selfContained
        ),
        .executableTarget(
            name: "stbank-read",
            dependencies: [
                "SpaceTime", "Handover", "Readers", "Pictures", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict,
            linkerSettings: selfContained
                + ["CoreFoundation", "_FoundationICU", "dispatch", "BlocksRuntime"].map { .linkedLibrary($0) }
        ),

        .testTarget(name: "MetricsTests", dependencies: ["Metrics"], swiftSettings: strict),
        .testTarget(name: "SpaceTimeTests", dependencies: ["SpaceTime", "Draws"], swiftSettings: strict),
        .testTarget(name: "ArrayFilesTests", dependencies: ["ArrayFiles", "SpaceTime"], swiftSettings: strict),
        .testTarget(
            name: "PicturesTests",
            dependencies: ["Pictures", "SpaceTime", "CCrypto"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReadersTests",
            dependencies: ["Readers", "ArrayFiles", "SpaceTime", "CCrypto", "Draws"],
            exclude: ["PDFixtures"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "evil-reader",
            dependencies: ["SpaceTime", "Handover"],
            path: "Tests/EvilReader",
            swiftSettings: strict
        ),
        .testTarget(
            name: "HandoverTests",
            dependencies: ["Handover", "SpaceTime", "evil-reader"],
            swiftSettings: strict
        ),
        // Numbers for tests that can be drawn again.
        .target(name: "Draws", dependencies: ["SpaceTime"], path: "Tests/Draws", swiftSettings: strict),
        // Banks for tests: made in a folder of their own, filled from memory.
        .target(
            name: "BankRig",
            dependencies: ["DataBank", "ArrayFiles", "SpaceTime"],
            path: "Tests/BankRig",
            swiftSettings: strict
        ),
        .testTarget(
            name: "DataBankTests",
            dependencies: ["DataBank", "ArrayFiles", "SpaceTime", "BankRig"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StreamingTests",
            dependencies: ["Streaming", "DataBank", "SpaceTime", "BankRig"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "mixing-bench",
            dependencies: ["SpaceTime", "CausalAugmentation"],
            path: "Tests/MixingBench",
            swiftSettings: strict
        ),
        .testTarget(
            name: "CausalAugmentationTests",
            dependencies: [
                "CausalAugmentation", "Parity", "ArrayFiles", "SpaceTime", "DataBank", "Streaming", "BankRig",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "ExchangeTests", dependencies: ["Exchange", "DataBank", "SpaceTime"], swiftSettings: strict),
    ] + learning.targets,
    cxxLanguageStandard: .cxx20
)
