// Steps over all parameters of a model at once.
#include <c10/core/GradMode.h>

#include "guard.h"

using namespace ctorch;

namespace {

std::vector<at::Tensor> gradients(const std::vector<at::Tensor> &parameters) {
    std::vector<at::Tensor> found;
    found.reserve(parameters.size());
    for (const auto &parameter : parameters) {
        TORCH_CHECK(parameter.grad().defined(), "a parameter of the step has no gradient");
        found.push_back(parameter.grad());
    }
    return found;
}

}  // namespace

int ctorch_adam_step(const ctorch_tensor *parameters, const ctorch_tensor *means, const ctorch_tensor *squares,
                     const ctorch_tensor *steps, int count, const ctorch_adam *form, ctorch_fault fault) {
    return guarded(fault, [&] {
        if (count == 0) return;
        at::NoGradGuard guard;
        auto weights = get_all(parameters, count);
        auto slopes = gradients(weights);
        auto counters = get_all(steps, count);
        at::_foreach_add_(counters, 1);
        auto m = get_all(means, count), v = get_all(squares, count);
        if (form->decoupled) {
            at::_fused_adamw_(weights, slopes, m, v, {}, counters, form->rate, form->beta1, form->beta2, form->decay,
                              form->epsilon, false, false);
        } else {
            at::_fused_adam_(weights, slopes, m, v, {}, counters, form->rate, form->beta1, form->beta2, form->decay,
                             form->epsilon, false, false);
        }
    });
}

int ctorch_clip_gradients(const ctorch_tensor *parameters, int count, double limit, double *norm,
                          ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        *norm = 0;
        if (count == 0) return;
        auto slopes = gradients(get_all(parameters, count));
        const auto whole = at::norm(at::stack(at::_foreach_norm(slopes, 2)));
        *norm = whole.item().toDouble();
        if (limit > 0) at::_foreach_mul_(slopes, std::min(1.0, limit / (*norm + 1e-6)));
    });
}

int ctorch_scale_gradients(const ctorch_tensor *parameters, int count, double factor, ctorch_fault fault) {
    return guarded(fault, [&] {
        at::NoGradGuard guard;
        if (count > 0) at::_foreach_mul_(gradients(get_all(parameters, count)), factor);
    });
}
