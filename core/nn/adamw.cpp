// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/adamw.h"

#include "nn/device.h"
#include "nn/weights.h"

#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace clipscope {

AdamW::AdamW(std::vector<std::pair<std::string, at::Tensor>> parameters, const Settings& settings)
    : m_settings(settings)
{
    withTorchErrors("optimiser", [&] {
        const c10::AutoGradMode noGradients(false);
        for (auto& [name, value] : parameters)
            m_parameters.push_back({std::move(name), value, at::zeros_like(value), at::zeros_like(value),
                at::zeros({}, value.options().requires_grad(false))});
    });
}

void AdamW::zeroGradients()
{
    for (Parameter& parameter : m_parameters)
        parameter.value.mutable_grad().reset();
}

double AdamW::clipGradients(double maximum)
{
    return withTorchErrors("optimiser", [&] {
        const c10::AutoGradMode noGradients(false);
        std::vector<at::Tensor> gradients;
        for (const Parameter& parameter : m_parameters)
            if (parameter.value.grad().defined())
                gradients.push_back(parameter.value.grad());
        if (gradients.empty())
            return 0.;
        const double norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients))).item<double>();
        if (norm > maximum)
            for (at::Tensor& gradient : gradients)
                gradient.mul_(maximum / (norm + 1e-6));
        return norm;
    });
}

void AdamW::step(double learningRate)
{
    withTorchErrors("optimiser", [&] {
        const c10::AutoGradMode noGradients(false);
        for (const bool decays : {true, false}) {
            std::vector<at::Tensor> values, gradients, means, squares, steps;
            for (Parameter& parameter : m_parameters) {
                if ((parameter.value.dim() >= 2) != decays || !parameter.value.grad().defined())
                    continue;
                parameter.steps.add_(1);
                values.push_back(parameter.value);
                gradients.push_back(parameter.value.grad());
                means.push_back(parameter.mean);
                squares.push_back(parameter.square);
                steps.push_back(parameter.steps);
            }
            if (!values.empty())
                at::_fused_adamw_(values, gradients, means, squares, {}, steps, learningRate, m_settings.beta1,
                    m_settings.beta2, decays ? m_settings.weightDecay : 0., m_settings.epsilon, false, false);
        }
        ++m_steps;
    });
}

std::vector<std::pair<std::string, at::Tensor>> AdamW::state() const
{
    std::vector<std::pair<std::string, at::Tensor>> out;
    for (const Parameter& parameter : m_parameters) {
        out.emplace_back(parameter.name + ".mean", parameter.mean);
        out.emplace_back(parameter.name + ".square", parameter.square);
        out.emplace_back(parameter.name + ".steps", parameter.steps);
    }
    out.emplace_back("steps", at::scalar_tensor(double(m_steps), at::TensorOptions(at::kFloat)));
    return out;
}

void AdamW::restore(const Weights& weights, const std::string& prefix)
{
    withTorchErrors("optimiser", [&] {
        const c10::AutoGradMode noGradients(false);
        for (Parameter& parameter : m_parameters) {
            const std::vector<int64_t> shape = parameter.value.sizes().vec();
            parameter.mean.copy_(weights.view(prefix + parameter.name + ".mean", shape));
            parameter.square.copy_(weights.view(prefix + parameter.name + ".square", shape));
            parameter.steps.copy_(weights.view(prefix + parameter.name + ".steps"));
        }
        m_steps = int64_t(weights.view(prefix + "steps").item<float>());
    });
}

double warmUpCosine(int64_t step, int64_t warmUpSteps, double done)
{
    const double warmUp = warmUpSteps > 0 ? std::min(1., double(step + 1) / double(warmUpSteps)) : 1.;
    return warmUp * (.5 + .5 * std::cos(std::numbers::pi * std::clamp(done, 0., 1.)));
}

} // namespace clipscope
