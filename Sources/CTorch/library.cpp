// The library as a whole: version, threads, devices, seeds, and the settings that belong to a thread.
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <dlfcn.h>
#include <torch/headeronly/version.h>

#include "guard.h"

using namespace ctorch;

void ctorch_free(ctorch_tensor tensor) { delete reinterpret_cast<at::Tensor *>(tensor); }

void ctorch_free_text(char *text) { free(text); }

const char *ctorch_version(void) { return TORCH_VERSION; }

int ctorch_set_threads(int count, ctorch_fault fault) {
    return guarded(fault, [&] { at::set_num_threads(count); });
}

int ctorch_thread_count(void) { return at::get_num_threads(); }

int ctorch_cuda_device_count(void) {
    int count = 0;
    guarded(nullptr, [&] {
        // The kernels register themselves when the library is loaded; nothing in the program refers to it.
        static const bool loaded = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
        if (loaded && at::hasCUDA()) count = static_cast<int>(at::detail::getCUDAHooks().deviceCount());
    });
    return count;
}

int ctorch_seed(uint64_t seed, ctorch_fault fault) {
    return guarded(fault, [&] { at::manual_seed(seed); });
}

int ctorch_generator_state(ctorch_device number, ctorch_tensor *out, ctorch_fault fault) {
    return yields(out, fault, [&] { return at::globalContext().defaultGenerator(device(number)).get_state(); });
}

int ctorch_set_generator_state(ctorch_device number, ctorch_tensor state, ctorch_fault fault) {
    return guarded(fault, [&] {
        auto generator = at::globalContext().defaultGenerator(device(number));
        generator.set_state(get(state));
    });
}

bool ctorch_set_gradients_enabled(bool enabled) {
    const bool before = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(enabled);
    return before;
}

bool ctorch_gradients_enabled(void) { return c10::GradMode::is_enabled(); }

int ctorch_set_autocast(ctorch_device number, bool enabled, ctorch_type type, bool *before, ctorch_fault fault) {
    return guarded(fault, [&] {
        const auto kind = device(number).type();
        *before = at::autocast::is_autocast_enabled(kind);
        at::autocast::set_autocast_enabled(kind, enabled);
        if (enabled) {
            at::autocast::set_autocast_dtype(kind, scalar(type));
        } else {
            at::autocast::clear_cache();
        }
    });
}
