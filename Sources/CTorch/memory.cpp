// The memory of tensors on the CPU: large blocks that are freed are kept for the next of their size.
//
// A training takes and frees the same sizes at every step. Blocks given back to the system come back as pages that it clears
// anew; blocks left in a heap that is never given back end as a heap larger than what ever lay in it. Here each large block is
// a mapping of its own, and the blocks in use and the kept ones together are never more than were once in use at a time: what
// the process holds is what its largest moment needed.
#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <sys/mman.h>

#include <cstdlib>
#include <deque>
#include <iomanip>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "guard.h"

namespace {

/// Smaller blocks are left to the C library.
constexpr size_t smallest = size_t(128) << 10;
/// Fewer bytes are cleared by the system faster than they are moved.
constexpr size_t worthwhile = size_t(32) << 10;
/// Linux allows a process 65530 mappings (`vm.max_map_count`). The C library's heap, which takes what is beyond, may hold 32768
/// of them without neighbours: it makes up to 65536, and none of a size of which it has had one back.
constexpr size_t most_pieces = 24576;
constexpr size_t page = 4096;
/// Of small blocks; vectors of any processor.
constexpr size_t alignment = 64;

size_t rounded(size_t size, size_t step) { return (size + step - 1) / step * step; }

std::string gigabytes(size_t bytes) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(bytes < 10000000 ? 6 : 2) << static_cast<double>(bytes) * 1e-9 << " GB";
    return text.str();
}

class KeptBlocks final : public c10::Allocator {
public:
    c10::DataPtr allocate(size_t size) override {
        void *data = size == 0 ? nullptr : size < smallest ? small(size) : large(size);
        TORCH_CHECK_WITH(OutOfMemoryError, data || size == 0, "there is no memory for another ", gigabytes(size),
                         "; tensors already hold ", gigabytes(state().live));
        return {data, data, &release, c10::Device(c10::kCPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }

    void copy_data(void *to, const void *from, size_t count) const override { default_copy_data(to, from, count); }

    /// Gives all kept blocks back to the system; the largest moment begins anew.
    void give_back() {
        const std::lock_guard<std::mutex> guard(lock_);
        drop_all();
        most_ = live_;
    }

    ctorch_memory state() {
        const std::lock_guard<std::mutex> guard(lock_);
        return {live_, kept_, most_};
    }

private:
    struct Block {
        char *data;
        size_t size;
        /// The sizes of what it is put together of, from its start on; each lies in one mapping of the system's.
        std::vector<size_t> pieces;
        /// Grows with every block that is freed.
        uint64_t freed;
    };

    std::mutex lock_;
    /// The blocks in use, by address.
    std::unordered_map<void *, Block> used_;
    /// The kept blocks by size; of each size the longest unused one first.
    std::map<size_t, std::deque<Block>> unused_;
    uint64_t clock_ = 0;
    /// Bytes in use, bytes kept, and the most that were in use at a time. The promise: live_ + kept_ <= most_.
    size_t live_ = 0, kept_ = 0, most_ = 0;
    /// Of all blocks. The system may see fewer mappings: neighbours can be one to it.
    size_t pieces_ = 0;

    static void *small(size_t size) {
        void *data = nullptr;
        return posix_memalign(&data, alignment, size) == 0 ? data : nullptr;
    }

    void *large(size_t wanted) {
        if (wanted > SIZE_MAX / 2) return nullptr;
        const std::lock_guard<std::mutex> guard(lock_);
        const size_t size = rounded(wanted, page);
        auto block = take_kept(size);
        if (!block) block = make(size);
        if (!block) return small(wanted);
        char *data = block->data;
        used_.emplace(data, std::move(*block));
        live_ += size;
        most_ = std::max(most_, live_);
        return data;
    }

    /// The last freed block of exactly this size.
    std::optional<Block> take_kept(size_t size) {
        const auto found = unused_.find(size);
        if (found == unused_.end()) return std::nullopt;
        Block block = std::move(found->second.back());
        found->second.pop_back();
        if (found->second.empty()) unused_.erase(found);
        kept_ -= size;
        return block;
    }

    /// A new block. Where the promise asks for it, kept blocks are cut down, the longest unused one first, and their pages go to
    /// the new one: the system would clear those that it gives.
    std::optional<Block> make(size_t size) {
        if (pieces_ >= most_pieces) drop_all();
        if (pieces_ >= most_pieces) return std::nullopt;  // The C library's heap is one mapping for many blocks.
        char *data = map(size);
        if (!data && kept_ > 0) {
            drop_all();
            data = map(size);
        }
        if (!data) return std::nullopt;
        Block block{data, size, {}, 0};
        char *to = data;
        while (kept_ > 0 && live_ + kept_ + size > most_) {
            if (cut_oldest(live_ + kept_ + size - most_, block.pieces, to)) continue;
            munmap(data, size);
            pieces_ -= block.pieces.size();
            return std::nullopt;
        }
        if (to < data + size) add(data + size - to, block.pieces);
        return block;
    }

    void add(size_t piece, std::vector<size_t> &pieces) {
        pieces.push_back(piece);
        ++pieces_;
    }

    /// Cuts `excess` bytes, or all, from the end of the longest unused block. What is worth it goes to `to`, which moves on, as
    /// one of `pieces`. False where the system refuses and leaves a hole there.
    bool cut_oldest(size_t excess, std::vector<size_t> &pieces, char *&to) {
        Block block = take_oldest();
        bool is_whole = true;
        for (size_t cut = std::min(excess, block.size); cut > 0;) {
            const size_t part = std::min(block.pieces.back(), cut);
            block.size -= part;
            cut -= part;
            if (is_whole && part >= worthwhile && pieces_ < most_pieces / 2) {
                is_whole = move(block.data + block.size, part, to);
                to += part;
                add(part, pieces);
            } else {
                munmap(block.data + block.size, part);
            }
            block.pieces.back() -= part;
            if (block.pieces.back() > 0) continue;
            block.pieces.pop_back();
            --pieces_;
        }
        if (block.size > 0) {
            kept_ += block.size;
            unused_[block.size].push_front(std::move(block));
        }
        return is_whole;
    }

    /// Moves pages of one mapping. Where the system refuses, as it may when there are too many mappings, new ones take their
    /// place; false where it refuses those too.
    static bool move(char *from, size_t size, char *to) {
        if (mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED) return true;
        munmap(from, size);
        return mmap(to, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    }

    static char *map(size_t size) {
        void *found = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return found == MAP_FAILED ? nullptr : static_cast<char *>(found);
    }

    Block take_oldest() {
        auto oldest = unused_.begin();
        for (auto each = unused_.begin(); each != unused_.end(); ++each) {
            if (each->second.front().freed < oldest->second.front().freed) oldest = each;
        }
        Block block = std::move(oldest->second.front());
        oldest->second.pop_front();
        if (oldest->second.empty()) unused_.erase(oldest);
        kept_ -= block.size;
        return block;
    }

    void drop_all() {
        for (const auto &[size, blocks] : unused_) {
            for (const Block &block : blocks) {
                munmap(block.data, size);
                pieces_ -= block.pieces.size();
            }
        }
        unused_.clear();
        kept_ = 0;
    }

    static void release(void *data);

    void free(void *data) {
        // Large blocks begin at a page, small ones hardly ever.
        if (reinterpret_cast<uintptr_t>(data) % page == 0) {
            const std::lock_guard<std::mutex> guard(lock_);
            const auto found = used_.find(data);
            if (found != used_.end()) {
                Block block = std::move(found->second);
                used_.erase(found);
                block.freed = clock_++;
                live_ -= block.size;
                kept_ += block.size;
                unused_[block.size].push_back(std::move(block));
                return;
            }
        }
        std::free(data);
    }
};

/// Lives as long as the process: tensors may go after everything else.
KeptBlocks &blocks() {
    static auto *const made = new KeptBlocks;
    return *made;
}

void KeptBlocks::release(void *data) { blocks().free(data); }

/// Set before any tensor is made; libtorch's own allocator has the priority 0.
const bool is_set = [] {
    c10::SetCPUAllocator(&blocks(), 1);
    // Nothing here is for a forked child: no program of ours forks where libtorch is loaded (other programs are begun by
    // `posix_spawn`), and libgomp's threads would be missing in it.
    return true;
}();

}  // namespace

ctorch_memory ctorch_memory_state(void) { return blocks().state(); }

void ctorch_release_freed(void) {
    blocks().give_back();
    malloc_trim(0);
}
