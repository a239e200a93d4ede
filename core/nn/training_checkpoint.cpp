// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/training_checkpoint.h"

#include "base/error.h"
#include "base/files.h"
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

TrainingFolder::TrainingFolder(fs::path folder, const Json& config, uint64_t seed, const fs::path& product)
    : m_folder(std::move(folder))
{
    std::error_code code;
    fs::create_directories(m_folder, code);
    if (code)
        throw Error(ErrorKind::Storage, "the folder cannot be made: " + code.message(), m_folder.string());
    const fs::path file = m_folder / "config.json";
    const Json wanted = {{"config", config}, {"seed", seed}};
    if (fs::exists(file, code) && readJsonFile(file) != wanted)
        throw Error(ErrorKind::Input, "holds an unfinished training with other settings", product.string(),
            "Repeat that training's command, give another name, or remove the folder " + m_folder.string() + ".");
    writeFileAtomically(file, wanted.dump(1));
}

bool TrainingFolder::hasCheckpoint() const
{
    std::error_code ignored;
    return fs::exists(checkpoint(), ignored);
}

void TrainingFolder::remove() const
{
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

} // namespace clipscope
