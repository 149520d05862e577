// One way in, one way out: handles become tensors, exceptions become a status and a message.
#pragma once

#include <ATen/ATen.h>

#include <cstring>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "CTorch.h"

namespace ctorch {

inline const at::Tensor &get(ctorch_tensor handle) { return *reinterpret_cast<const at::Tensor *>(handle); }
inline at::Tensor &get_mutable(ctorch_tensor handle) { return *reinterpret_cast<at::Tensor *>(handle); }

/// Nothing where the handle is NULL.
inline std::optional<at::Tensor> get_optional(ctorch_tensor handle) {
    return handle ? std::optional<at::Tensor>(get(handle)) : std::nullopt;
}

inline std::vector<at::Tensor> get_all(const ctorch_tensor *handles, int count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int i = 0; i < count; ++i) tensors.push_back(get(handles[i]));
    return tensors;
}

inline ctorch_tensor own(at::Tensor tensor) {
    return reinterpret_cast<ctorch_tensor>(new at::Tensor(std::move(tensor)));
}

inline at::IntArrayRef extents(const int64_t *values, int count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline at::ScalarType scalar(ctorch_type type) { return static_cast<at::ScalarType>(type); }

inline at::Device device(ctorch_device number) {
    return number < 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(number));
}

inline int report(ctorch_fault fault, int status, const char *message) noexcept {
    if (fault) *fault = strdup(message);
    return status;
}

/// Runs `body`; what it throws becomes a status and a message without a stack trace.
template <typename Body>
int guarded(ctorch_fault fault, Body body) noexcept {
    try {
        body();
        return CTORCH_OK;
    } catch (const c10::OutOfMemoryError &error) {
        return report(fault, CTORCH_OUT_OF_MEMORY, error.what_without_backtrace());
    } catch (const c10::Error &error) {
        return report(fault, CTORCH_FAULT, error.what_without_backtrace());
    } catch (const std::bad_alloc &) {
        return report(fault, CTORCH_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception &error) {
        return report(fault, CTORCH_FAULT, error.what());
    } catch (...) {
        return report(fault, CTORCH_FAULT, "an unknown C++ exception");
    }
}

/// As `guarded`, for a body that returns a tensor.
template <typename Body>
int yields(ctorch_tensor *out, ctorch_fault fault, Body body) noexcept {
    return guarded(fault, [&] { *out = own(body()); });
}

}  // namespace ctorch
