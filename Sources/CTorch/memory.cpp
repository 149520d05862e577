// The memory of tensors on the CPU: large blocks that are freed are kept for the next of their size.
//
// A training takes and frees the same sizes at every step. Blocks given back to the system come back as pages that it clears
// anew; blocks left in a heap that is never given back end as a heap larger than what ever lay in it. Here each large block is
// a mapping of its own, and the blocks in use and the kept ones together are never more than were once in use at a time: what
// the process holds is what its largest moment needed.
#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include <cstdlib>
#include <deque>
#include <iomanip>
#include <map>
#include <mutex>
#include <sstream>
#include <unordered_map>

#include "guard.h"

namespace {

/// Smaller blocks are left to the C library; the pages of larger ones change hands in units of this size.
constexpr size_t unit = size_t(1) << 20;
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
        void *data = size == 0 ? nullptr : size < unit ? small(size) : large(size);
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

    std::mutex &lock() { return lock_; }

private:
    struct Kept {
        char *data;
        /// Grows with every block that is freed.
        uint64_t freed;
    };

    std::mutex lock_;
    /// Sizes of the blocks in use, by address.
    std::unordered_map<void *, size_t> sizes_;
    /// The kept blocks by size; of each size the longest unused one first.
    std::map<size_t, std::deque<Kept>> unused_;
    uint64_t clock_ = 0;
    /// Bytes in use, bytes kept, and the most that were in use at a time. The promise: live_ + kept_ <= most_.
    size_t live_ = 0, kept_ = 0, most_ = 0;

    static void *small(size_t size) {
        void *data = nullptr;
        return posix_memalign(&data, alignment, size) == 0 ? data : nullptr;
    }

    void *large(size_t wanted) {
        if (wanted > SIZE_MAX / 2) return nullptr;
        const std::lock_guard<std::mutex> guard(lock_);
        const size_t size = rounded(wanted, page);
        char *data = take_kept(size);
        if (!data) data = make(size);
        // The number of mappings has a limit; the C library's heap is one.
        if (!data) return small(wanted);
        sizes_.emplace(data, size);
        live_ += size;
        most_ = std::max(most_, live_);
        return data;
    }

    /// The last freed block of exactly this size, or NULL.
    char *take_kept(size_t size) {
        const auto found = unused_.find(size);
        if (found == unused_.end()) return nullptr;
        char *data = found->second.back().data;
        found->second.pop_back();
        if (found->second.empty()) unused_.erase(found);
        kept_ -= size;
        return data;
    }

    /// A new block, or NULL. Where the promise asks for it, kept blocks are cut down, the longest unused one first, and their
    /// pages go to the new one: the system would clear those that it gives.
    char *make(size_t size) {
        char *data = map(size);
        if (!data && kept_ > 0) {
            drop_all();
            data = map(size);
        }
        char *to = data;
        while (data && kept_ > 0 && live_ + kept_ + size > most_) {
            if (cut_oldest(live_ + kept_ + size - most_, to, data + size)) continue;
            munmap(data, size);
            data = nullptr;
        }
        return data;
    }

    /// Cuts `excess` bytes, or all, from the end of the longest unused block. Whole units of it go to `to`, which moves on, as
    /// long as there is room before `end`. False where the system refuses and leaves a hole there.
    bool cut_oldest(size_t excess, char *&to, char *end) {
        auto [block, size] = take_oldest();
        const size_t left = size > excess ? (size - excess) / unit * unit : 0;
        bool is_whole = true;
        while (size > left) {
            const size_t part = size % unit ? size % unit : unit;
            size -= part;
            if (is_whole && part == unit && to + unit <= end) {
                is_whole = move(block.data + size, to);
                to += unit;
            } else {
                munmap(block.data + size, part);
            }
        }
        if (size > 0) {
            unused_[size].push_front(block);
            kept_ += size;
        }
        return is_whole;
    }

    /// Moves one unit's pages. Where the system refuses, as it may when there are too many mappings, new ones take their place;
    /// false where it refuses those too.
    static bool move(char *from, char *to) {
        if (mremap(from, unit, unit, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED) return true;
        munmap(from, unit);
        return mmap(to, unit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
    }

    /// A mapping that begins at a multiple of a unit, or NULL.
    static char *map(size_t size) {
        const size_t room = size + unit;
        void *found = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (found == MAP_FAILED) return nullptr;
        char *start = static_cast<char *>(found);
        char *data = reinterpret_cast<char *>(rounded(reinterpret_cast<uintptr_t>(start), unit));
        if (data > start) munmap(start, data - start);
        munmap(data + size, start + room - (data + size));
        return data;
    }

    /// The longest unused block, and its size.
    std::pair<Kept, size_t> take_oldest() {
        auto oldest = unused_.begin();
        for (auto each = unused_.begin(); each != unused_.end(); ++each) {
            if (each->second.front().freed < oldest->second.front().freed) oldest = each;
        }
        const std::pair<Kept, size_t> block(oldest->second.front(), oldest->first);
        oldest->second.pop_front();
        if (oldest->second.empty()) unused_.erase(oldest);
        kept_ -= block.second;
        return block;
    }

    void drop_all() {
        while (kept_ > 0) {
            const auto [block, size] = take_oldest();
            munmap(block.data, size);
        }
    }

    static void release(void *data);

    void free(void *data) {
        // Large blocks begin at a unit, small ones hardly ever.
        if (reinterpret_cast<uintptr_t>(data) % unit == 0) {
            const std::lock_guard<std::mutex> guard(lock_);
            const auto found = sizes_.find(data);
            if (found != sizes_.end()) {
                const size_t size = found->second;
                sizes_.erase(found);
                unused_[size].push_back({static_cast<char *>(data), clock_++});
                live_ -= size;
                kept_ += size;
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
    // A forked child finds the lock open.
    const auto open = [] { blocks().lock().unlock(); };
    pthread_atfork([] { blocks().lock().lock(); }, open, open);
    return true;
}();

}  // namespace

ctorch_memory ctorch_memory_state(void) { return blocks().state(); }

void ctorch_release_freed(void) {
    blocks().give_back();
    malloc_trim(0);
}
