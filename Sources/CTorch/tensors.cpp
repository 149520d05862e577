// Making tensors, reading them, changing them in place, and differentiation.
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "guard.h"

using namespace ctorch;

int ctorch_empty(const int64_t *shape, int rank, ctorch_type type, ctorch_device number, ctorch_tensor *out,
                 ctorch_fault fault) {
    return yields(out, fault, [&] {
        return at::empty(extents(shape, rank), at::TensorOptions().dtype(scalar(type)).device(device(number)));
    });
}

int ctorch_full(const int64_t *shape, int rank, double value, ctorch_type type, ctorch_device number,
                ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        const auto options = at::TensorOptions().dtype(scalar(type)).device(device(number));
        return at::full(extents(shape, rank), value, options);
    });
}

int ctorch_arange(int64_t count, ctorch_type type, ctorch_device number, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] {
        return at::arange(count, at::TensorOptions().dtype(scalar(type)).device(device(number)));
    });
}

int ctorch_borrow(void *data, const int64_t *shape, int rank, ctorch_type type, void (*release)(void *),
                  void *context, ctorch_tensor *out, ctorch_fault fault) {
    bool handed_over = false;
    const int status = yields(out, fault, [&] {
        auto free_memory = [release, context](void *) { release(context); };
        auto tensor = at::from_blob(data, extents(shape, rank), free_memory, at::TensorOptions().dtype(scalar(type)));
        handed_over = true;
        return tensor;
    });
    if (status != CTORCH_OK && !handed_over) release(context);
    return status;
}

ctorch_tensor ctorch_share(ctorch_tensor tensor) { return own(get(tensor)); }

int ctorch_rank(ctorch_tensor tensor) { return static_cast<int>(get(tensor).dim()); }

int64_t ctorch_extent(ctorch_tensor tensor, int axis) { return get(tensor).sizes()[static_cast<size_t>(axis)]; }

ctorch_type ctorch_type_of(ctorch_tensor tensor) { return static_cast<ctorch_type>(get(tensor).scalar_type()); }

ctorch_device ctorch_device_of(ctorch_tensor tensor) {
    const auto place = get(tensor).device();
    return place.is_cpu() ? -1 : std::max<int>(0, place.index());
}

bool ctorch_is_contiguous(ctorch_tensor tensor) { return get(tensor).is_contiguous(); }

bool ctorch_requires_gradient(ctorch_tensor tensor) { return get(tensor).requires_grad(); }

void *ctorch_data(ctorch_tensor tensor) {
    const auto &source = get(tensor);
    return source.device().is_cpu() && source.is_contiguous() ? source.data_ptr() : nullptr;
}

int ctorch_item(ctorch_tensor tensor, double *out, ctorch_fault fault) {
    return guarded(fault, [&] { *out = get(tensor).item().toDouble(); });
}

int ctorch_copy_(ctorch_tensor target, ctorch_tensor source, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        get_mutable(target).copy_(get(source));
    });
}

int ctorch_add_(ctorch_tensor target, ctorch_tensor other, double scale, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        // A scale in floating point is refused by tensors of integers.
        const bool whole = at::isIntegralType(get(target).scalar_type(), true);
        get_mutable(target).add_(get(other), whole ? at::Scalar(static_cast<int64_t>(scale)) : at::Scalar(scale));
    });
}

int ctorch_fill_(ctorch_tensor target, double value, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        get_mutable(target).fill_(value);
    });
}

int ctorch_uniform_(ctorch_tensor target, double from, double to, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        get_mutable(target).uniform_(from, to);
    });
}

int ctorch_normal_(ctorch_tensor target, double mean, double deviation, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        get_mutable(target).normal_(mean, deviation);
    });
}

int ctorch_truncated_normal_(ctorch_tensor target, double deviation, double a, double b, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        const auto cumulative = [](double x) { return (1 + std::erf(x / std::sqrt(2.0))) / 2; };
        const double low = cumulative(a / deviation), high = cumulative(b / deviation);
        auto &tensor = get_mutable(target);
        tensor.uniform_(2 * low - 1, 2 * high - 1).erfinv_().mul_(deviation * std::sqrt(2.0)).clamp_(a, b);
    });
}

int ctorch_set_requires_gradient(ctorch_tensor tensor, bool required, ctorch_fault fault) {
    return guarded(fault, [&] { get_mutable(tensor).requires_grad_(required); });
}

int ctorch_backward(ctorch_tensor loss, ctorch_fault fault) {
    return guarded(fault, [&] { get(loss).backward(); });
}

int ctorch_gradients(ctorch_tensor output, ctorch_tensor weight, const ctorch_tensor *inputs, int count,
                     bool keep_graph, ctorch_tensor *out, ctorch_fault fault) {
    return guarded(fault, [&] {
        torch::autograd::variable_list weights;
        if (weight) weights.push_back(get(weight));
        auto found =
            torch::autograd::grad({get(output)}, get_all(inputs, count), weights, keep_graph, false, true);
        for (int i = 0; i < count; ++i) out[i] = found[i].defined() ? own(std::move(found[i])) : nullptr;
    });
}

int ctorch_gradient_of(ctorch_tensor tensor, ctorch_tensor *out, ctorch_fault fault) {
    return guarded(fault, [&] {
        const auto &gradient = get(tensor).grad();
        *out = gradient.defined() ? own(gradient) : nullptr;
    });
}

int ctorch_clear_gradients(const ctorch_tensor *tensors, int count, ctorch_fault fault) {
    return guarded(fault, [&] {
        for (int i = 0; i < count; ++i) get_mutable(tensors[i]).mutable_grad().reset();
    });
}

int ctorch_detach(ctorch_tensor tensor, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return get(tensor).detach(); });
}
