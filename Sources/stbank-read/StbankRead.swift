@main
struct StbankRead {
    static func main() {}
}
