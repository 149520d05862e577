// Work that is not kept for the way back, but done again there (gradient checkpointing).
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "guard.h"

using namespace ctorch;
using torch::autograd::variable_list;

namespace {

/// A device's generator as it was, for as long as this lives.
class Replayed {
public:
    Replayed(const at::Device &device, const at::Tensor &state)
        : generator_(at::globalContext().defaultGenerator(device)), now_(generator_.get_state()) {
        generator_.set_state(state);
    }
    ~Replayed() { generator_.set_state(now_); }

private:
    at::Generator generator_;
    at::Tensor now_;
};

/// The types of matrix products, a setting for each kind of device.
class Autocast {
public:
    Autocast() : here_(at::kCPU), there_(at::kCUDA) {}

    void enter() const {
        here_.enter();
        there_.enter();
        // Weights that were converted without gradients have none.
        at::autocast::clear_cache();
    }

private:
    struct Setting {
        at::DeviceType kind;
        bool is_on;
        at::ScalarType type;

        explicit Setting(at::DeviceType kind)
            : kind(kind), is_on(at::autocast::is_autocast_enabled(kind)), type(at::autocast::get_autocast_dtype(kind)) {}

        void enter() const {
            at::autocast::set_autocast_enabled(kind, is_on);
            at::autocast::set_autocast_dtype(kind, type);
        }
    };

    Setting here_, there_;
};

struct Work : torch::CustomClassHolder {
    ctorch_work calls;
    /// What every piece of work uses, beside its inputs: weights, and what was made of them.
    variable_list shared;
    /// The results, until they are handed on.
    variable_list made;
    at::Device device = at::kCPU;
    at::Tensor generator;
    Autocast autocast;

    ~Work() override { calls.release(calls.context); }

    variable_list again(const variable_list &inputs) const {
        std::vector<ctorch_tensor> in, out(static_cast<size_t>(calls.outputs));
        for (const auto &input : inputs) {
            in.push_back(reinterpret_cast<ctorch_tensor>(const_cast<at::Tensor *>(&input)));
        }
        char *fault = nullptr;
        const int status = calls.run(calls.context, in.data(), out.data(), &fault);
        if (status != CTORCH_OK) {
            const std::string message(fault ? fault : "no reason was given");
            free(fault);
            TORCH_CHECK_WITH(OutOfMemoryError, status != CTORCH_OUT_OF_MEMORY, message);
            TORCH_CHECK(false, message);
        }
        variable_list results;
        for (ctorch_tensor each : out) {
            results.push_back(get(each));
            ctorch_free(each);
        }
        return results;
    }
};

/// The gradients of a piece of work with respect to its inputs and the shared tensors.
///
/// The shared tensors go through: each piece hands a name of them on to the next. On the way back the sum of the gradients
/// of all later time steps so comes first, and those of this piece's time steps are added one by one, as without it.
struct Recomputed : torch::autograd::Function<Recomputed> {
    static variable_list forward(torch::autograd::AutogradContext *context, at::TensorList inputs,
                                 const c10::intrusive_ptr<Work> &work) {
        const auto own = inputs.slice(0, inputs.size() - work->shared.size());
        context->set_materialize_grads(false);
        context->save_for_backward(own.vec());
        variable_list results;
        for (const auto &each : work->made) results.push_back(each.detach());
        for (const auto &each : inputs.slice(own.size())) results.push_back(each.detach());
        work->made.clear();
        context->saved_data["work"] = at::IValue::make_capsule(work);
        return results;
    }

    static variable_list backward(torch::autograd::AutogradContext *context, const variable_list &gradients) {
        const auto work = c10::static_intrusive_pointer_cast<Work>(context->saved_data["work"].toCapsule());
        variable_list inputs;
        for (const auto &saved : context->get_saved_variables()) {
            inputs.push_back(saved.detach().set_requires_grad(saved.requires_grad()));
        }
        const c10::AutoGradMode recording(true);
        variable_list ends = repeated(*work, inputs);
        ends.insert(ends.end(), work->shared.begin(), work->shared.end());
        variable_list roots, slopes;
        for (size_t i = 0; i < ends.size(); ++i) {
            if (!gradients[i].defined() || !ends[i].requires_grad()) continue;
            roots.push_back(ends[i]);
            slopes.push_back(gradients[i]);
        }
        ends.clear();
        inputs.insert(inputs.end(), work->shared.begin(), work->shared.end());
        // One more for the work itself.
        variable_list found(inputs.size() + 1);
        variable_list wanted;
        for (const auto &input : inputs) {
            if (input.requires_grad()) wanted.push_back(input);
        }
        if (roots.empty() || wanted.empty()) return found;
        auto slopes_of_wanted = torch::autograd::grad(roots, wanted, slopes, /*retain_graph=*/false, false, true);
        for (size_t i = 0, next = 0; i < inputs.size(); ++i) {
            if (inputs[i].requires_grad()) found[i] = std::move(slopes_of_wanted[next++]);
        }
        return found;
    }

    /// The work once more, with the random numbers and the types of the first time.
    static variable_list repeated(const Work &work, const variable_list &inputs) {
        const Replayed replayed(work.device, work.generator);
        const Autocast now;
        work.autocast.enter();
        try {
            auto results = work.again(inputs);
            now.enter();
            return results;
        } catch (...) {
            now.enter();
            throw;
        }
    }
};

}  // namespace

int ctorch_recomputed(const ctorch_work *calls, const ctorch_tensor *inputs, int input_count, const ctorch_tensor *shared,
                      const ctorch_tensor *handed_on, int shared_count, const ctorch_tensor *made, ctorch_device number,
                      ctorch_tensor generator, ctorch_tensor *out, ctorch_fault fault) {
    return guarded(fault, [&] {
        auto work = c10::make_intrusive<Work>();
        work->calls = *calls;
        work->shared = get_all(shared, shared_count);
        work->made = get_all(made, calls->outputs);
        work->device = device(number);
        work->generator = get(generator);
        work->autocast.enter();
        variable_list all = get_all(inputs, input_count);
        for (const auto &each : get_all(handed_on, shared_count)) all.push_back(each);
        const auto results = Recomputed::apply(at::TensorList(all), work);
        for (size_t i = 0; i < results.size(); ++i) out[i] = own(results[i]);
    });
}
