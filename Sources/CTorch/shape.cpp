// The same numbers in another order, place or type.
#include "guard.h"

using namespace ctorch;

int ctorch_reshape(ctorch_tensor a, const int64_t *shape, int rank, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::reshape(get(a), extents(shape, rank)); });
}

int ctorch_expand(ctorch_tensor a, const int64_t *shape, int rank, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return get(a).expand(extents(shape, rank)); });
}

int ctorch_permute(ctorch_tensor a, const int64_t *axes, int rank, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::permute(get(a), extents(axes, rank)); });
}

int ctorch_transpose(ctorch_tensor a, int64_t first, int64_t second, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::transpose(get(a), first, second); });
}

int ctorch_unsqueeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::unsqueeze(get(a), axis); });
}

int ctorch_squeeze(ctorch_tensor a, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        TORCH_CHECK(get(a).size(axis) == 1, "axis ", axis, " has ", get(a).size(axis), " elements, not one");
        return at::squeeze(get(a), axis);
    });
}

int ctorch_flatten(ctorch_tensor a, int64_t first, int64_t last, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::flatten(get(a), first, last); });
}

int ctorch_narrow(ctorch_tensor a, int64_t axis, int64_t start, int64_t length, ctorch_tensor *out,
                  ctorch_fault fault) {
    return yields(out, fault, [&] { return at::narrow(get(a), axis, start, length); });
}

int ctorch_select(ctorch_tensor a, int64_t axis, int64_t index, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::select(get(a), axis, index); });
}

int ctorch_chunk(ctorch_tensor a, int64_t parts, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return guarded(fault, [&] {
        const auto length = get(a).size(axis);
        TORCH_CHECK(parts > 0 && length % parts == 0, "axis ", axis, " of ", length, " cannot be cut into ", parts,
                    " equal parts");
        auto found = at::chunk(get(a), parts, axis);
        TORCH_CHECK(static_cast<int64_t>(found.size()) == parts, "axis ", axis, " is empty");
        for (int64_t i = 0; i < parts; ++i) out[i] = own(std::move(found[i]));
    });
}

int ctorch_split(ctorch_tensor a, const int64_t *lengths, int count, int64_t axis, ctorch_tensor *out,
                 ctorch_fault fault) {
    return guarded(fault, [&] {
        auto found = at::split_with_sizes(get(a), extents(lengths, count), axis);
        for (int i = 0; i < count; ++i) out[i] = own(std::move(found[i]));
    });
}

int ctorch_unbind(ctorch_tensor a, int64_t axis, int64_t count, ctorch_tensor *out, ctorch_fault fault) {
    return guarded(fault, [&] {
        TORCH_CHECK(get(a).size(axis) == count, "axis ", axis, " has ", get(a).size(axis), " elements, not ", count);
        auto found = at::unbind(get(a), axis);
        for (int64_t i = 0; i < count; ++i) out[i] = own(std::move(found[i]));
    });
}

int ctorch_concatenate(const ctorch_tensor *parts, int count, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::cat(get_all(parts, count), axis); });
}

int ctorch_stack(const ctorch_tensor *parts, int count, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::stack(get_all(parts, count), axis); });
}

int ctorch_roll(ctorch_tensor a, const int64_t *shifts, const int64_t *axes, int rank, ctorch_tensor *out,
                ctorch_fault fault) {
    return yields(out, fault, [&] { return at::roll(get(a), extents(shifts, rank), extents(axes, rank)); });
}

int ctorch_repeat_interleave(ctorch_tensor a, int64_t count, int64_t axis, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::repeat_interleave(get(a), count, axis); });
}

int ctorch_index_select(ctorch_tensor a, int64_t axis, ctorch_tensor indices, ctorch_tensor *out,
                        ctorch_fault fault) {
    return yields(out, fault, [&] { return at::index_select(get(a), axis, get(indices)); });
}

int ctorch_gather(ctorch_tensor a, int64_t axis, ctorch_tensor indices, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::gather(get(a), axis, get(indices)); });
}

int ctorch_pad(ctorch_tensor a, const int64_t *sizes, int count, double value, ctorch_tensor *out,
               ctorch_fault fault) {
    return yields(out, fault, [&] { return at::constant_pad_nd(get(a), extents(sizes, count), value); });
}

int ctorch_contiguous(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return get(a).contiguous(); });
}

int ctorch_channels_last(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return get(a).contiguous(at::MemoryFormat::ChannelsLast); });
}

int ctorch_clone(ctorch_tensor a, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return get(a).clone(at::MemoryFormat::Contiguous); });
}

int ctorch_to(ctorch_tensor a, ctorch_type type, ctorch_device number, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return get(a).to(device(number), scalar(type)); });
}
