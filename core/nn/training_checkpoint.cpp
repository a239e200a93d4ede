// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/training_checkpoint.h"

#include "nn/device.h"
#include "nn/weights.h"

#include <c10/core/GradMode.h>

namespace fs = std::filesystem;

namespace clipscope {

void saveCheckpoint(
    const fs::path& file, const NamedTensors& parameters, const AdamW& optimiser, const std::string& note)
{
    withTorchErrors("training", [&] {
        const c10::AutoGradMode noGradients(false);
        std::vector<TensorToWrite> tensors;
        for (const auto& [name, tensor] : parameters)
            tensors.push_back(toWrite(name, tensor, false));
        for (const auto& [name, tensor] : optimiser.state())
            tensors.push_back(toWrite("optimiser." + name, tensor, false));
        writeSafetensors(file, tensors, {{"note", note}});
    });
}

std::string restoreCheckpoint(const fs::path& file, const NamedTensors& parameters, AdamW& optimiser)
{
    return withTorchErrors("training", [&] {
        const c10::AutoGradMode noGradients(false);
        const Weights weights(file);
        for (const auto& [name, tensor] : parameters) {
            at::Tensor inPlace = tensor;
            inPlace.copy_(weights.view(name, tensor.sizes().vec()));
        }
        optimiser.restore(weights, "optimiser.");
        const SafetensorsFile metadata(file);
        const auto note = metadata.metadata().find("note");
        return note == metadata.metadata().end() ? std::string() : note->second;
    });
}

} // namespace clipscope
